//! The command line of the simulation; `cargo xtask simulate` calls it, several at a time, and adds up what each says.
//!
//! Lines that begin with `#` are figures for whoever called: `#at N` after so many runs, `#count N NAME` at the end.
//! All other lines are for people.

use landfall_simulation::run::{Plan, Played, Report, plan};
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Violations of which the shortest story is told; of any more, only the seeds.
const TOLD_MAX: u64 = 3;
/// How often the caller hears how far it is, in runs.
const SAY_EVERY: u64 = 100;
const HELP: &str =
    "landfall-simulate [--seeds N] [--from S] [--steps K] [--domain toy|product|both] [--seed S] [--brief] [--first] [--hashes]
  --seeds N    so many seeds (1000)
  --from S     the first of them (1)
  --steps K    steps of each (200)
  --domain D   whose commands people issue (both)
  --seed S     this seed alone, with its whole story and then the shortest one
  --brief      of a violation, say what it is and no story
  --first      stop at the first violation
  --hashes     print for each seed the numbers that must be the same on every machine";

struct Wanted {
    seeds: u64,
    from: u64,
    steps: usize,
    domains: Vec<Played>,
    replay: bool,
    brief: bool,
    first: bool,
    hashes: bool,
}

fn main() -> ExitCode {
    match wanted(std::env::args().skip(1)) {
        Ok(wanted) if wanted.hashes => {
            for (played, seed) in runs(&wanted) {
                println!("{}", played.hashes(seed, wanted.steps));
            }
            ExitCode::SUCCESS
        }
        Ok(wanted) => simulate(&wanted),
        Err(why) => {
            eprintln!("{why}\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let domains = Played::ALL.to_vec();
    let mut wanted = Wanted { seeds: 1_000, from: 1, steps: 200, domains, replay: false, brief: false, first: false, hashes: false };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} wants a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("“{text}” is no number"));
        match argument.as_str() {
            "--seeds" => wanted.seeds = number(value()?)?,
            "--from" => wanted.from = number(value()?)?,
            "--steps" => wanted.steps = number(value()?)? as usize,
            "--seed" => (wanted.from, wanted.seeds, wanted.replay) = (number(value()?)?, 1, true),
            "--domain" => {
                let name = value()?;
                wanted.domains.retain(|played| name == "both" || played.name == name);
                if wanted.domains.is_empty() {
                    return Err(format!("there is no domain “{name}” in this build"));
                }
            }
            "--brief" => wanted.brief = true,
            "--first" => wanted.first = true,
            "--hashes" => wanted.hashes = true,
            other => return Err(format!("what is “{other}”?")),
        }
    }
    Ok(wanted)
}

fn runs(wanted: &Wanted) -> impl Iterator<Item = (Played, u64)> {
    (wanted.from..wanted.from + wanted.seeds).flat_map(|seed| wanted.domains.iter().map(move |played| (*played, seed)))
}

fn simulate(wanted: &Wanted) -> ExitCode {
    let mut counts = BTreeMap::<String, u64>::new();
    let mut count = |name: &str, number: u64| *counts.entry(name.to_owned()).or_default() += number;
    let (mut done, mut violations) = (0, 0);
    if !wanted.replay {
        // A panic is told as the violation that it is, once.
        std::panic::set_hook(Box::new(|_| ()));
    }
    for (played, seed) in runs(wanted) {
        let plan = plan(seed, wanted.steps);
        let report = (played.run)(&plan, wanted.replay);
        done += 1;
        add_up(&report, &mut count);
        if wanted.replay {
            report.lines.iter().for_each(|line| println!("  {line}"));
        }
        if report.violation.is_some() {
            violations += 1;
            tell(played, &plan, &report, !wanted.brief && violations <= TOLD_MAX);
        } else if wanted.replay {
            println!("{} seed {seed}: every rule holds", played.name);
        }
        if done % SAY_EVERY == 0 {
            println!("#at {done}");
        }
        if wanted.first && violations > 0 {
            break;
        }
    }
    println!("#at {done}");
    count("seeds", done);
    count("violations", violations);
    for (name, number) in &counts {
        println!("#count {number} {name}");
    }
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn add_up(report: &Report, count: &mut impl FnMut(&str, u64)) {
    let counts = &report.counts;
    count("steps", report.acts.values().sum());
    count("moves", counts.moves);
    count("commands", counts.commands);
    count("records", counts.records);
    count("rejections", counts.rejections);
    count("crashes", counts.crashes);
    for (act, number) in &report.acts {
        count(&format!("{}{}", if act.is_fault() { "fault: " } else { "life: " }, act.name()), *number);
    }
}

/// What was broken, and the shortest story in which it is broken.
fn tell(played: Played, plan: &Plan, report: &Report, with_story: bool) {
    let Some(violation) = &report.violation else { return };
    let what: String = violation.what.chars().take(400).collect();
    println!("{} seed {}: rule {}: {what}", played.name, plan.seed, violation.rule);
    if !with_story {
        return;
    }
    let (shortest, report) = (played.shrink)(plan, report);
    println!(
        "  the shortest story, {} of {} steps, {} devices, {} servers:",
        shortest.steps.len(),
        plan.steps.len(),
        shortest.layout.devices,
        shortest.layout.nodes
    );
    report.lines.iter().for_each(|line| println!("    {}", line.chars().take(400).collect::<String>()));
    if let Some(violation) = report.violation.filter(|violation| violation.rule == 0) {
        println!("    !! {}", violation.what);
    }
    println!("  again: cargo xtask simulate --domain {} --seed {} --steps {}", played.name, plan.seed, plan.steps.len());
}
