//! From what a file says to the commands that make it so.

use super::fit;
use super::mint::Mint;
use super::order::sort_by_number;
use super::reading::{Draft, Reading, Urgency};
use super::stages::{canonical, stage_named, stages_of};
use super::{Destination, Format, Options, Place, Plan};
use super::{csv, github, trello};
use crate::Command;
use crate::bounds;
use crate::commands::board::{CreateBoard, NewColumn};
use crate::commands::task::{AddTask, DiscardTask, NewStep};
use crate::ids::{BoardId, ColumnId, StepId, TaskId};
use crate::state::{Priority, Stage, State};
use crate::text::Text;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The columns of a board whose source names none.
const USUAL_COLUMNS: [(&str, Stage); 5] = [
    ("Ready", Stage::Ready),
    ("Claimed", Stage::Claimed),
    ("Under way", Stage::UnderWay),
    ("In review", Stage::InReview),
    ("Signed off", Stage::SignedOff),
];

/// Columns taken from a file: as many as a board may have, with those that every life needs.
const COLUMNS_MAX: usize = bounds::COLUMNS_PER_BOARD as usize - USUAL_COLUMNS.len();

/// Tasks planned in one step.
const STEP_TASKS: usize = 64;

/// Reads `text` and plans the commands that import it. Pure: the same arguments give the same plan.
///
/// `places` are the columns of the board that is there already; they are not looked at when a new board is asked for.
pub fn plan(text: &str, format: Format, options: &Options, places: &[Place]) -> Plan {
    let mut planner = Planner::new(Arc::new(text.to_owned()), format, options.clone(), places.to_vec());
    while planner.step() {}
    planner.finish()
}

/// The same, a bounded piece at a time.
pub struct Planner {
    length: usize,
    reader: Option<Reader>,
    reading: Reading,
    board: Option<BoardId>,
    places: Vec<Place>,
    destination: Destination,
    drafts: std::vec::IntoIter<Draft>,
    /// Columns by the names that were met, in whatever spelling.
    columns: BTreeMap<String, Option<ColumnId>>,
    /// Names of columns that the board does not have, as they were told.
    strangers: BTreeSet<String>,
    mint: Mint,
    plan: Plan,
}

enum Reader {
    Csv(csv::Reader),
    Trello(trello::Reader),
    Github(github::Reader),
}

impl Planner {
    /// Begins. Nothing is read yet.
    pub fn new(text: Arc<String>, format: Format, options: Options, places: Vec<Place>) -> Self {
        let length = text.len();
        let reader = match format {
            Format::Csv => Reader::Csv(csv::Reader::new(text, options.offset_minutes)),
            Format::Trello => Reader::Trello(trello::Reader::new(text, options.offset_minutes)),
            Format::Github => Reader::Github(github::Reader::new(text, options.offset_minutes)),
        };
        Self {
            length,
            reader: Some(reader),
            reading: Reading::default(),
            board: None,
            places,
            destination: options.board,
            drafts: Vec::new().into_iter(),
            columns: BTreeMap::new(),
            strangers: BTreeSet::new(),
            mint: Mint::new(options.now, options.seed),
            plan: Plan::default(),
        }
    }

    /// Reads a few lines or items, or plans a few tasks; `false` when the plan is complete.
    pub fn step(&mut self) -> bool {
        if let Some(reader) = &mut self.reader {
            let reading = &mut self.reading;
            let has_more = match reader {
                Reader::Csv(reader) => reader.step(reading),
                Reader::Trello(reader) => reader.step(reading),
                Reader::Github(reader) => reader.step(reading),
            };
            if !has_more {
                self.reader = None;
                self.begin_plan();
            }
            return true;
        }
        let Some(board) = self.board else { return false };
        for _ in 0..STEP_TASKS {
            let Some(draft) = self.drafts.next() else {
                sort_by_number(&mut self.plan.problems, |problem| problem.line as f64);
                self.board = None;
                return false;
            };
            let column = draft.column.as_deref().and_then(|name| self.column(name, draft.line));
            self.add_task(board, column, draft);
        }
        true
    }

    /// How far it is, from 0 to 1.
    pub fn progress(&self) -> f64 {
        let read = match &self.reader {
            Some(Reader::Csv(reader)) => reader.position(),
            Some(Reader::Trello(reader)) => reader.position(),
            Some(Reader::Github(reader)) => reader.position(),
            None => self.length,
        };
        let planned = self.plan.commands.len() as f64 / (self.plan.commands.len() + self.drafts.len()).max(1) as f64;
        // Reading takes about twice as long as planning.
        (2.0 * read as f64 / self.length.max(1) as f64 + planned) / 3.0
    }

    /// The plan; of what was read so far, when `step` was not called to its end.
    pub fn finish(self) -> Plan {
        self.plan
    }

    /// The file is read: to which board its tasks go, and which columns that has.
    fn begin_plan(&mut self) {
        let reading = std::mem::take(&mut self.reading);
        self.plan.total = reading.total;
        self.plan.problems = reading.problems;
        self.board = match std::mem::replace(&mut self.destination, Destination::New { name: None, key: None }) {
            Destination::Existing(board) => Some(board),
            Destination::New { .. } if reading.drafts.is_empty() => None,
            Destination::New { name, key } => {
                let names = [name.as_deref(), reading.name.as_deref()].into_iter().flatten();
                let name = names.map(|name| fit::line(name, bounds::NAME_CHARS)).find(|name| !name.is_empty());
                let columns = &reading.columns[..reading.columns.len().min(COLUMNS_MAX)];
                if columns.len() < reading.columns.len() {
                    let count = reading.columns.len();
                    let problem = format!(
                        "The file names {count} columns; the first {COLUMNS_MAX} were taken, and tasks of the others go to the first."
                    );
                    self.report(1, problem);
                }
                let (board, places) = self.create_board(name.as_deref().unwrap_or("Imported"), key.as_deref(), columns);
                self.places = places;
                Some(board)
            }
        };
        self.drafts = reading.drafts.into_iter();
    }

    /// The column of that name. One that the board does not have is told once.
    fn column(&mut self, name: &str, line: u64) -> Option<ColumnId> {
        if let Some(known) = self.columns.get(name) {
            return *known;
        }
        let column = find(&self.places, name);
        if column.is_none() && self.strangers.insert(canonical(name)) {
            let first = self.places.iter().find(|place| place.stage == Stage::Ready).map_or("the first column", |place| &place.name);
            let problem = format!("No column here is called “{name}”; such tasks go to {first}.");
            self.report(line, problem);
        }
        self.columns.insert(name.to_owned(), column);
        column
    }

    fn report(&mut self, line: u64, problem: String) {
        self.plan.problems.push(super::Problem { line, problem });
    }

    fn draw<T>(&mut self, mint: fn(landfall_engine::TimeMs, [u8; 10]) -> T) -> T {
        let (now, random) = self.mint.draw();
        mint(now, random)
    }

    fn create_board(&mut self, name: &str, key: Option<&str>, columns: &[String]) -> (BoardId, Vec<Place>) {
        let board = self.draw(BoardId::mint);
        let mut places = Vec::new();
        for (name, stage) in columns_with_a_whole_life(columns) {
            let column = self.draw(ColumnId::mint);
            places.push(Place { column, name: Text::from(fit::line(&name, bounds::NAME_CHARS)), stage });
        }
        let key = key.map_or_else(|| key_of(name), str::to_owned);
        let new_column = |place: &Place| NewColumn { column: place.column, name: place.name.clone(), stage: place.stage, limit: None };
        let columns = places.iter().map(new_column).collect();
        let name = Text::from(name);
        self.plan.push(0, CreateBoard { board, name, key: Text::from(key), columns });
        (board, places)
    }

    fn add_task(&mut self, board: BoardId, column: Option<ColumnId>, mut draft: Draft) {
        for problem in fit::draft(&mut draft) {
            self.report(draft.line, problem);
        }
        if draft.title.is_empty() {
            return self.report(draft.line, "The title has nothing in it that can be shown, so this was left out.".to_owned());
        }
        let task = self.draw(TaskId::mint);
        let steps = draft.steps.into_iter();
        let steps = steps.map(|(text, done)| NewStep { step: self.draw(StepId::mint), text: Text::from(text), done }).collect();
        let priority = draft.priority.map_or(Priority::Normal, |urgency| match urgency {
            Urgency::Low => Priority::Low,
            Urgency::Normal => Priority::Normal,
            Urgency::High => Priority::High,
            Urgency::Urgent => Priority::Urgent,
        });
        let intent = AddTask {
            task,
            board,
            column,
            rank: None,
            title: Text::from(draft.title),
            description: draft.description.map(Text::from),
            steps,
            labels: draft.labels.into_iter().map(Text::from).collect(),
            due: draft.due,
            estimate_minutes: draft.estimate_minutes,
            priority,
            source: draft.source.map(Text::from),
        };
        self.plan.push(draft.line, intent);
        if let Some(why) = draft.archived {
            self.plan.push(draft.line, DiscardTask { task, why: Text::from(why) });
        }
    }
}

impl Plan {
    /// The same plan with a key for its new board that no board of this workspace has: QT, else QT2, QT3 …
    #[must_use]
    pub fn with_free_key(mut self, state: &State) -> Self {
        let taken = |key: &str| state.boards().values().any(|board| board.key == *key);
        if let Some(Command::CreateBoard(intent)) = self.commands.first_mut()
            && taken(&intent.key)
        {
            let stem: String = intent.key.chars().take(3).collect();
            let free = (2..1_000).map(|number| format!("{stem}{number}")).find(|key| !taken(key));
            intent.key = free.map_or_else(|| intent.key.clone(), Text::from);
        }
        self
    }
}

/// The column of that name, else the first of the stage that the name means.
fn find(places: &[Place], name: &str) -> Option<ColumnId> {
    let wanted = canonical(&fit::line(name, bounds::NAME_CHARS));
    let by_name = places.iter().find(|place| canonical(&place.name) == wanted);
    let by_stage = || stage_named(name).and_then(|stage| places.iter().find(|place| place.stage == stage));
    by_name.or_else(by_stage).map(|place| place.column)
}

/// The file's columns with their stages, and what is missing for a task to go all the way; review is left out where the file has none.
fn columns_with_a_whole_life(names: &[String]) -> Vec<(String, Stage)> {
    // GitHub knows open and closed only, and a single column says nothing about a life either.
    let stages = stages_of(names);
    let tells = names.len() >= 3 || stages.iter().any(|stage| matches!(stage, Stage::Claimed | Stage::UnderWay | Stage::InReview));
    if !tells {
        return USUAL_COLUMNS.map(|(name, stage)| (name.to_owned(), stage)).to_vec();
    }
    let mut columns: Vec<(String, Stage)> = names.iter().cloned().zip(stages).collect();
    for (name, stage) in USUAL_COLUMNS {
        if stage != Stage::InReview && !columns.iter().any(|(_, there)| *there == stage) {
            // Behind the last column of an earlier stage, so that the board still reads from left to right.
            let place = columns.iter().rposition(|(_, there)| *there < stage).map_or(0, |last| last + 1);
            columns.insert(place, (name.to_owned(), stage));
        }
    }
    columns
}

/// Two to four letters for a board's numbers: "Quay 4 · Tugs" is QT, "Halden" is HAL.
fn key_of(name: &str) -> String {
    let letters = |word: &str| word.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let words: Vec<String> =
        name.split(|character: char| !character.is_alphanumeric()).map(letters).filter(|word| !word.is_empty()).collect();
    let key: String = match &words[..] {
        [] => "TASK".to_owned(),
        [word] => word.chars().take(3).collect(),
        words => words.iter().take(4).filter_map(|word| word.chars().next()).collect(),
    };
    if key.len() < 2 { format!("{key}T").to_uppercase() } else { key.to_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::super::{places, sample};
    use super::*;
    use crate::Workspace;
    use landfall_engine::domain::evolve_all;
    use landfall_engine::{ActorId, CommandId, Context, DeviceId, Domain, TimeMs};

    const OWNER: ActorId = ActorId([7; 16]);

    fn options(board: Destination) -> Options {
        Options { board, now: TimeMs(1_795_000_000_000), seed: [3; 16], offset_minutes: 60 }
    }

    fn new_board() -> Destination {
        Destination::New { name: None, key: None }
    }

    /// Issues all commands, as their owner, into a fresh workspace.
    fn landed(commands: &[Command]) -> State {
        let mut state = State::default();
        let found = crate::commands::workspace::FoundWorkspace { name: "Skarvik Yard".into(), owner: OWNER, owner_name: "R. M.".into() };
        issue(&mut state, &found.into(), ActorId::SERVER, 1);
        for (position, command) in (2..).zip(commands) {
            issue(&mut state, command, OWNER, position);
        }
        state
    }

    fn issue(state: &mut State, command: &Command, actor: ActorId, position: u64) {
        let mut id = [9; 16];
        id[8..].copy_from_slice(&position.to_be_bytes());
        let at = TimeMs(1_795_000_000_000 + position);
        let context = Context { command: CommandId(id), actor, device: DeviceId([1; 16]), at, position: Some(position) };
        let events = Workspace::decide(state, command, &context).unwrap_or_else(|rejection| panic!("{command:?}: {rejection:?}"));
        evolve_all::<Workspace>(state, &events, &context);
    }

    #[test]
    fn what_nothing_could_be_called_is_left_out_and_told() {
        let text = "title,status\nA,\u{1}\n\u{2}\u{3},Doing\nB,Doing\nC,To do\nD,Done\n";
        let plan = plan(text, Format::Csv, &options(new_board()), &[]);
        let state = landed(&plan.commands);
        assert_eq!(state.tasks().values().map(|task| &*task.title).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
        assert!(plan.problems.iter().any(|problem| problem.line == 3), "{:?}", plan.problems);
        let named = Destination::New { name: Some("\u{7}".into()), key: None };
        assert_eq!(landed(&super::plan("title\nA\n", Format::Csv, &options(named), &[]).commands).boards().len(), 1);
    }

    #[test]
    fn thousands_of_columns_and_labels_are_cut_to_what_fits_and_told() {
        let mut text = "title,status,labels\n".to_owned();
        (0..20_000).for_each(|number| text.push_str(&format!("A,column {number},\n")));
        let labels: Vec<String> = (0..20_000).map(|number| format!("label {number}")).collect();
        text.push_str(&format!("B,column 7,\"{}\"\n", labels.join(";")));
        let plan = plan(&text, Format::Csv, &options(new_board()), &[]);
        let Command::CreateBoard(board) = &plan.commands[0] else { panic!("{:?}", plan.commands[0]) };
        assert!(board.columns.len() <= bounds::COLUMNS_PER_BOARD as usize);
        assert_eq!(plan.problems.iter().filter(|problem| problem.problem.contains("20000 columns")).count(), 1);
        let last = plan.commands.last();
        assert!(matches!(last, Some(Command::AddTask(task)) if task.labels.len() == bounds::LABELS_PER_TASK as usize), "{last:?}");
    }

    #[test]
    fn the_spreadsheet_sample_lands_but_for_its_broken_line() {
        let plan = plan(include_str!("../../samples/tasks.csv"), Format::Csv, &options(new_board()), &[]);
        assert_eq!((plan.tasks(), plan.total), (11, 12));
        assert_eq!(plan.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [13], "{:?}", plan.problems);
        let state = landed(&plan.commands);
        assert_eq!(state.tasks().len(), 11);
        let plating = state.tasks().values().find(|task| task.title.starts_with("Crop")).unwrap();
        assert_eq!((plating.steps_done(), plating.estimate_minutes, plating.priority), ((2, 6), Some(1_920), Priority::Urgent));
        let gasket = state.tasks().values().find(|task| task.title.starts_with("Renew hatch")).unwrap();
        assert_eq!(gasket.due.unwrap().to_string(), "2026-11-25T14:00");
    }

    #[test]
    fn the_trello_sample_lands_with_its_lists_as_columns() {
        let plan = plan(include_str!("../../samples/trello.json"), Format::Trello, &options(new_board()), &[]);
        assert_eq!((plan.tasks(), plan.total, plan.problems.len()), (12, 12, 0), "{:?}", plan.problems);
        let state = landed(&plan.commands);
        let board = state.boards().values().next().unwrap();
        assert_eq!((&*board.name, &*board.key), ("Quay 4 · Tugs", "QT"));
        let columns: Vec<_> = state.columns_of(board.id).map(|column| (column.name.to_string(), column.stage)).collect();
        let expected = [
            ("To do", Stage::Ready),
            ("Claimed", Stage::Claimed),
            ("In progress", Stage::UnderWay),
            ("Ready for review", Stage::InReview),
            ("Done this week", Stage::SignedOff),
        ];
        assert_eq!(columns, expected.map(|(name, stage)| (name.to_owned(), stage)));
        assert_eq!(state.tasks().values().filter(|task| !task.is_live()).count(), 2);
        let lining = state.tasks().values().find(|task| task.title.starts_with("Renew towing")).unwrap();
        assert_eq!((lining.stage, lining.due.unwrap().to_string()), (Stage::InReview, "2026-11-23T13:00".to_owned()));
    }

    #[test]
    fn the_github_sample_lands_on_a_board_that_is_there() {
        let mut state = landed(&plan("title\nA\n", Format::Csv, &options(new_board()), &[]).commands);
        let board = *state.boards().keys().next().unwrap();
        let issues = include_str!("../../samples/github-issues.json");
        let there = Options { seed: [4; 16], ..options(Destination::Existing(board)) };
        let plan = plan(issues, Format::Github, &there, &places(&state, board));
        assert_eq!((plan.tasks(), plan.total, plan.problems.len()), (12, 13, 1));
        for (position, command) in (100..).zip(&plan.commands) {
            issue(&mut state, command, OWNER, position);
        }
        assert_eq!(state.boards().len(), 1);
        assert_eq!(state.tasks().values().filter(|task| task.stage == Stage::SignedOff).count(), 3);
        let permit = state.tasks().values().find(|task| task.title.starts_with("Permit")).unwrap();
        assert_eq!((permit.steps_done(), permit.labels.len()), ((1, 3), 2));
        assert_eq!(permit.source.as_deref(), Some("https://github.com/skarvik-yard/hot-work/issues/52"));
    }

    #[test]
    fn an_unknown_column_is_told_once_and_its_tasks_are_ready() {
        let state = landed(&plan("title\nA\n", Format::Csv, &options(new_board()), &[]).commands);
        let board = *state.boards().keys().next().unwrap();
        let text = "title,status\nB,Paint shop\nC,paint-shop\nD,Doing\nE,In review\n";
        let plan = plan(text, Format::Csv, &options(Destination::Existing(board)), &places(&state, board));
        assert_eq!(plan.problems.len(), 1);
        let stages = plan.commands.iter().map(|command| match command {
            Command::AddTask(intent) => intent.column.map(|column| state.column(column).unwrap().stage),
            other => panic!("{other:?}"),
        });
        assert_eq!(stages.collect::<Vec<_>>(), [None, None, Some(Stage::UnderWay), Some(Stage::InReview)]);
    }

    #[test]
    fn the_same_file_gives_the_same_commands() {
        let text = sample(50, 1);
        let (one, other) = (plan(&text, Format::Csv, &options(new_board()), &[]), plan(&text, Format::Csv, &options(new_board()), &[]));
        assert_eq!(one, other);
        assert_eq!(one.commands.len(), one.lines.len());
        let elsewhere = Options { seed: [9; 16], ..options(new_board()) };
        assert_ne!(one.commands, plan(&text, Format::Csv, &elsewhere, &[]).commands);
    }

    #[test]
    fn ten_thousand_sample_tasks_land() {
        let plan = plan(&sample(10_000, 42), Format::Csv, &options(new_board()), &[]);
        assert_eq!((plan.tasks(), plan.total, plan.problems.len()), (10_000, 10_000, 0));
        let state = landed(&plan.commands);
        assert_eq!(state.tasks().len(), 10_000);
        let mut titles: Vec<_> = state.tasks().values().map(|task| task.title.to_string()).collect();
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), 10_000);
    }

    #[test]
    fn a_plan_is_made_in_bounded_steps() {
        let text = sample(10_000, 42);
        let mut planner = Planner::new(Arc::new(text.clone()), Format::Csv, options(new_board()), Vec::new());
        let (mut steps, mut before, mut progress) = (0, (0, 0), 0.0);
        while planner.step() {
            let now = (planner.reading.drafts.len(), planner.plan.commands.len());
            if planner.reader.is_some() {
                assert!(now.0 - before.0 <= 64, "{} lines in one step", now.0 - before.0);
            }
            assert!(now.1 - before.1 <= 64, "{} tasks in one step", now.1 - before.1);
            assert!(planner.progress() >= progress && planner.progress() <= 1.0);
            (before, progress) = (now, planner.progress());
            steps += 1;
        }
        assert!(steps > 2 * 10_000 / 64);
        assert_eq!(planner.finish(), plan(&text, Format::Csv, &options(new_board()), &[]));
    }

    #[test]
    fn a_quote_that_never_closes_costs_no_more_than_its_line_in_a_long_file() {
        let mut text = "title,description\nA,fine\nB,\"open\n".to_owned();
        (0..40_000).for_each(|number| text.push_str(&format!("Task {number},some words about it\n")));
        let plan = plan(&text, Format::Csv, &options(new_board()), &[]);
        assert_eq!((plan.tasks(), plan.total), (40_001, 40_002));
        assert_eq!(plan.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3]);
        assert_eq!(plan.lines.last(), Some(&40_003));
    }

    #[test]
    fn a_row_at_the_edge_of_a_window_is_read_whole() {
        let long = "word ".repeat(1_500);
        let mut text = "title,description\r\n".to_owned();
        (0..200).for_each(|number| text.push_str(&format!("\r\nTask {number},\"{number}\n{long}\"\r\n")));
        let plan = plan(&text, Format::Csv, &options(new_board()), &[]);
        assert_eq!((plan.tasks(), plan.problems.len()), (200, 0), "{:?}", plan.problems.first());
        let lines: Vec<u64> = plan.lines.iter().skip(1).copied().collect();
        assert_eq!(lines, (0..200).map(|number| 3 + 3 * number).collect::<Vec<_>>());
        let endless = format!("title,description\nA,\"{}\nB,fine\n", "x".repeat(300_000));
        let plan = super::plan(&endless, Format::Csv, &options(new_board()), &[]);
        assert_eq!((plan.tasks(), plan.problems.len()), (1, 1));
    }

    #[test]
    fn nothing_to_import_makes_no_board() {
        assert_eq!(plan("", Format::Csv, &options(new_board()), &[]).commands, []);
    }

    #[test]
    fn what_is_too_long_is_cut_and_told() {
        let title = "long ".repeat(100);
        let labels: Vec<String> = (0..30).map(|number| format!("Label {number}")).collect();
        let steps: Vec<String> = (0..250).map(|number| format!("Step {number}")).collect();
        let text = format!("title,labels,steps,estimate\n{title},\"{}\",\"{}\",99999h\n", labels.join(","), steps.join("\n"));
        let plan = plan(&text, Format::Csv, &options(new_board()), &[]);
        assert_eq!(plan.problems.len(), 4, "{:?}", plan.problems);
        let state = landed(&plan.commands);
        let task = state.tasks().values().next().unwrap();
        assert!(task.description.as_ref().unwrap().starts_with(title.trim()), "no word is lost");
        assert!(task.description.as_ref().unwrap().ends_with("Step 249"));
        assert_eq!((task.title.chars().count(), task.labels.len(), task.steps.len()), (300, 20, 200));
    }

    #[test]
    fn a_key_that_is_taken_gets_a_number() {
        let twice = || plan("title\nA\n", Format::Csv, &options(Destination::New { name: Some("Quay 4 · Tugs".into()), key: None }), &[]);
        let state = landed(&twice().commands);
        let again = twice().with_free_key(&state);
        assert!(matches!(again.commands.first(), Some(Command::CreateBoard(intent)) if intent.key == "QT2"));
        assert_eq!(twice().with_free_key(&State::default()), twice());
    }

    #[test]
    fn columns_of_a_spreadsheet_stand_in_the_order_of_a_life() {
        let text = "title,status\nA,Done\nB,Paint shop\nC,Doing\nD,To do\n";
        let state = landed(&plan(text, Format::Csv, &options(new_board()), &[]).commands);
        let board = *state.boards().keys().next().unwrap();
        let names: Vec<_> = state.columns_of(board).map(|column| column.name.to_string()).collect();
        assert_eq!(names, ["Paint shop", "To do", "Claimed", "Doing", "Done"]);
    }

    #[test]
    fn keys_are_short() {
        for (name, key) in [("Quay 4 · Tugs", "QT"), ("Halden", "HAL"), ("4", "TASK"), ("Ø", "TASK"), ("A", "AT"), ("a b c d e f", "ABCD")]
        {
            assert_eq!(key_of(name), key, "{name}");
        }
    }
}
