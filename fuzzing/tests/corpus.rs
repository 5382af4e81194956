//! What is kept of every target, and its seeds, in the usual suite: no coverage, no chance, the same every time.

use landfall_fuzzing::{TARGETS, Target, corpus, meter};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[global_allocator]
static METER: meter::Counting = meter::Counting;

fn holds(target: &Target) {
    let seeds = (target.seeds)().into_iter().enumerate().map(|(index, seed)| (format!("seed {index}"), seed));
    let inputs: Vec<_> = corpus::kept(target.name).expect("the corpus can be read").into_iter().chain(seeds).collect();
    assert!(!inputs.is_empty(), "{} has inputs", target.name);
    for (name, input) in inputs {
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            panic!("{}: {name} ({} bytes) breaks a promise", target.name, input.len());
        }
    }
}

macro_rules! targets {
    ($($test:ident)*) => {
        $(#[test]
        fn $test() {
            holds(landfall_fuzzing::targets::named(stringify!($test)).expect("a target"));
        })*

        #[test]
        fn no_target_is_left_out() {
            let tested = [$(stringify!($test)),*];
            assert!(TARGETS.iter().all(|target| tested.contains(&target.name)), "every target has a test here");
        }
    };
}

targets! {
    upstream_postcard upstream_json downstream_postcard downstream_json command event rejection upcast record snapshot
    device outbox_file tab_news import_csv import_trello import_github page
}
