//! libFuzzer's door to the targets: `LANDFALL_FUZZ_TARGET` names one. Built and started by `cargo xtask fuzz`.
#![no_main]

use landfall_fuzzing::{Target, meter, targets};
use std::sync::LazyLock;
use std::{env, fs};

#[global_allocator]
static METER: meter::Counting = meter::Counting;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = env::var("LANDFALL_FUZZ_TARGET").unwrap_or_default();
    targets::named(&name).unwrap_or_else(|| panic!("there is no target called “{name}”"))
});

libfuzzer_sys::fuzz_target!(
    init: {
        if env::var_os("LANDFALL_FUZZ_LIST").is_some() {
            targets::TARGETS.iter().for_each(|target| println!("{}", target.name));
            std::process::exit(0);
        }
        if let Ok(folder) = env::var("LANDFALL_FUZZ_SEEDS") {
            for (number, seed) in (TARGET.seeds)().iter().enumerate() {
                fs::write(format!("{folder}/seed-{number:03}"), seed).expect("the folder of seeds can be written");
            }
        }
    },
    |bytes: &[u8]| {
        let before = meter::highest().peak_bytes;
        (TARGET.run)(bytes);
        let highest = meter::highest();
        if highest.peak_bytes > before + before / 16 {
            eprintln!("PEAK {} of {}", highest.peak_bytes, highest.input_bytes);
        }
    }
);
