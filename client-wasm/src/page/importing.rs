//! Import from the page: a plan, its execution, and the end of either before its time.

use super::{Callback, Page, Told, json};
use crate::host::{Slice, turn};
use crate::intake::{ImportOptions, ImportPlan, Intake, shown};
use crate::product::import::{Format, Recognition};
use std::sync::Arc;

impl Page {
    /// A file of so many bytes will be handed over, in pieces, in place of the one before.
    pub fn begin_file(&self, length: usize) {
        self.cancel_plan();
        *self.file.borrow_mut() = Arc::new(String::with_capacity(length));
    }

    /// The next piece of the file.
    pub fn add_to_file(&self, piece: &str) {
        Arc::make_mut(&mut *self.file.borrow_mut()).push_str(piece);
    }

    /// What kind of export the file is, if it is one that is read here.
    pub async fn recognize_file(&self, name: &str) -> Option<Format> {
        let host = self.driver.host().clone();
        let mut recognition = Recognition::new(self.file.borrow().clone(), name);
        let mut slice = Slice::begin(&*host);
        loop {
            if let Some(format) = recognition.step() {
                return format;
            }
            slice.breathe().await;
        }
    }

    /// Plans an import of the file in slices, and tells after each how far it is, from 0 to 1; [`Self::run_import`] carries the last plan out.
    /// `None` when another plan was asked for meanwhile, or none any more.
    pub async fn plan_import(&self, format: Format, options: ImportOptions, offset_minutes: i32, progress: Callback) -> Option<ImportPlan> {
        let number = self.planning.get().wrapping_add(1);
        self.planning.set(number);
        let host = self.driver.host().clone();
        let mut seed = [0; 16];
        host.random(&mut seed);
        let now = host.now();
        let text = self.file.borrow().clone();
        let mut planner = self.driver.ask(|client| crate::intake::planner(text, format, options, client.view(), now, seed, offset_minutes));
        loop {
            if self.planning.get() != number {
                return None;
            }
            let slice = Slice::begin(&*host);
            let mut has_more = true;
            while has_more && !slice.is_over() {
                has_more = planner.step();
            }
            if !has_more {
                break;
            }
            progress(&planner.progress().to_string());
            turn(&*host).await;
        }
        let plan = self.driver.ask(|client| planner.finish().with_free_key(client.view()));
        let shown = shown(&plan);
        *self.plan.borrow_mut() = Some(plan);
        Some(shown)
    }

    /// Ends the plan that is being made.
    pub fn cancel_plan(&self) {
        self.planning.set(self.planning.get().wrapping_add(1));
    }

    /// Ends the import that runs. What was issued stays issued.
    pub fn cancel_import(&self) {
        self.cancelled.set(self.cancelled.get().wrapping_add(1));
    }

    /// Issues what was planned, in slices; tells how far it is after each.
    pub async fn run_import(&self, progress: Callback) -> Result<(), String> {
        let plan = self.plan.borrow_mut().take().ok_or("There is no plan to carry out.")?;
        let host = self.driver.host().clone();
        let mut intake = Intake::new(plan);
        let cancelled = self.cancelled.get();
        loop {
            let slice = Slice::begin(&*host);
            let mut is_done = false;
            while !is_done && !slice.is_over() {
                match intake.next() {
                    Some((line, command)) => {
                        let refused = match self.issue(command, false) {
                            Told::Issued { .. } => None,
                            Told::Refused { phrase, .. } => Some(phrase),
                        };
                        intake.done(line, refused);
                    }
                    None => is_done = true,
                }
            }
            if !is_done && self.cancelled.get() != cancelled {
                intake.cancel();
                is_done = true;
            }
            progress(&json(intake.progress()));
            if is_done {
                self.ask_for_frame();
                return Ok(());
            }
            turn(&*host).await;
        }
    }
}
