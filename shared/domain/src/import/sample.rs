//! A shipyard's worth of tasks, as CSV: something real-shaped of any size to import.

use super::mint::splitmix;
use crate::day::Day;
use std::fmt::Write;

const WORK: &[(&str, &str, &[&str])] = &[
    (
        "Overhaul",
        "Engine",
        &["Isolate and tag", "Draw coupling", "Renew bearings", "Fit mechanical seal", "Align, under 0.05 mm", "Test run 30 min"],
    ),
    ("Grind and lap", "Engine", &["Draw the spindle", "Grind the seat", "Lap with fine paste", "Blue and check", "Pressure test"]),
    ("Re-pack", "Engine", &["Isolate and tag", "Draw old packing", "Fit new rings", "Adjust the drip rate"]),
    ("Pressure test", "Safety", &["Blank the ends", "Fill and vent", "10 bar for 30 min", "Note the readings", "Drain"]),
    ("Megger test", "Electrical", &["Isolate", "Discharge", "Measure each leg", "Log the readings"]),
    ("Rewire", "Electrical", &["Isolate and tag", "Draw old cable", "Pull new cable", "Terminate", "Insulation test"]),
    ("Calibrate", "Instruments", &["Empty reading", "Half reading", "Full reading"]),
    ("Renew the gasket of", "Deck", &["Remove old gasket", "Clean the groove", "Glue and cure", "Chalk test"]),
    ("Free and grease", "Deck", &["Heat", "Work it free", "Grease", "Turn by hand"]),
    ("Blast and prime", "Paint", &["Wash", "Blast to Sa 2.5", "First coat", "Second coat", "Measure the film"]),
    ("Crop and renew plating at", "Hull", &["Mark the cut", "Gas-free certificate", "Crop", "Fit and tack", "Weld", "Vacuum box test"]),
    ("Inspect", "Safety", &["Clean", "Look for wear", "Photograph"]),
];

const THINGS: &[&str] = &[
    "ballast pump",
    "sea chest valve",
    "fire main",
    "bilge alarm",
    "plate cooler",
    "stern tube gland",
    "bow thruster motor",
    "shaft generator",
    "hatch coaming",
    "fairlead roller",
    "lifeboat davit",
    "pilot ladder winch",
    "fuel lift pump",
    "steering hydraulics",
    "anchor windlass",
    "deck light circuit",
    "level gauge",
    "jacket water thermostat",
    "towing winch",
    "rudder trunk",
    "mooring bollard",
    "void space",
    "switchboard",
    "exhaust bellows",
];

const PLACES: &[&str] = &[
    "starboard",
    "port",
    "forward",
    "aft",
    "frame 46",
    "hold 1",
    "hold 2",
    "hold 3",
    "zone 1",
    "zone 2",
    "zone 3",
    "upper deck",
    "tank 4",
    "tank 6",
];

const STATUSES: &[&str] = &["Ready", "Ready", "Ready", "Ready", "Ready", "Ready", "Ready", "In progress", "In review", "Done", "Done"];

const PRIORITIES: &[&str] = &["Low", "Normal", "Normal", "Normal", "Normal", "High", "Urgent"];

/// A CSV of `count` tasks that differ, the same for the same `seed`. [`super::plan`] reads it without a problem.
pub fn sample(count: u64, seed: u64) -> String {
    let mut text = String::from("Title,Status,Labels,Due date,Estimate,Priority,Steps,Notes\n");
    for number in 0..count {
        let mut dice = Dice(splitmix(seed ^ splitmix(number)));
        let (verb, label, steps) = dice.pick(WORK);
        let (thing, place) = (dice.pick(THINGS), dice.pick(PLACES));
        let class_item = if dice.roll(6) == 0 { ", Class item" } else { "" };
        let due = if dice.roll(5) == 0 { None } else { Day::from_date(2027, dice.roll(4) + 1, dice.roll(28) + 1) };
        let estimate = (dice.roll(16) + 1) * 30;
        let (status, priority) = (dice.pick(STATUSES), dice.pick(PRIORITIES));
        let steps = &steps[..dice.roll(steps.len() as u32 + 1) as usize];
        let due = due.map(|day| day.to_string()).unwrap_or_default();
        let note = if dice.roll(3) == 0 { format!("Found on round {}.", dice.roll(40) + 1) } else { String::new() };
        let title = format!("{verb} {thing} no. {}, {place}", number + 1);
        let steps = steps.join("\n");
        writeln!(text, "\"{title}\",{status},\"{label}{class_item}\",{due},{estimate} min,{priority},\"{steps}\",{note}")
            .expect("a string takes all");
    }
    text
}

/// A short run of pseudo-random choices.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = splitmix(self.0);
        ((self.0 >> 32) % u64::from(sides)) as u32
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len() as u32) as usize]
    }
}
