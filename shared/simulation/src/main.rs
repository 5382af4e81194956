//! The command line of the simulation; `cargo xtask simulate` calls it.

use landfall_simulation::run::{plan, run};
use landfall_simulation::shrink::shrink;
use landfall_simulation::toy::Toy;

fn main() {
    let mut failed = 0;
    let args: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    for seed in args[0]..args[0] + args[1] {
        let plan = plan(seed, 200);
        let report = run::<Toy>(&plan, false);
        if let Some(violation) = &report.violation {
            failed += 1;
            println!("seed {seed}: rule {}: {}", violation.rule, violation.what.chars().take(200).collect::<String>());
            if args.len() > 2 {
                let (shorter, report) = shrink::<Toy>(&plan, &report);
                for line in report.lines {
                    println!("    {line}");
                }
                println!(
                    "  {} steps: {:?}",
                    shorter.steps.len(),
                    shorter.steps.iter().map(|s| (s.act.name(), s.moves)).collect::<Vec<_>>()
                );
            }
        }
    }
    println!("failed {failed}");
}
