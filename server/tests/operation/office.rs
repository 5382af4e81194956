//! People at work in the real product: a workspace, a task, and comments on it that are long enough to fill a line.

use crate::served::Program;
use crate::world::Person;
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{CommandId, TimeMs};
use landfall_server::host::random;
use serde_json::{Value, json};

/// Words that stand nowhere else.
pub const WORKSPACE: &str = "Hullsecret";
pub const NAME: &str = "Adalbertine";
pub const TITLE: &str = "Overhaul the secretpump";

/// Long comments in one request.
const COMMENTS_AT_A_TIME: usize = 100;

fn id() -> String {
    CommandId(random()).to_string()
}

fn submission(kind: &str, body: Value) -> Submission {
    let text = json!({ "type": kind, "version": 1, "body": body }).to_string();
    Submission { id: CommandId(random()), after: None, issued: TimeMs(1), command: Some(CommandText(text)) }
}

/// Ada, who has founded, and a task of hers.
pub struct Office {
    pub ada: Person,
    task: String,
}

impl Office {
    pub async fn found(program: &Program) -> Self {
        let mut ada = program.nobody.clone();
        ada.enter("/api/found", json!({ "workspace": WORKSPACE, "name": NAME })).await;
        let (task, board, column) = (id(), id(), id());
        let columns = json!([{ "column": column, "name": "Ready", "stage": "ready", "limit": null }]);
        let board_made = submission("create_board", json!({ "board": board, "name": "Dry dock", "key": "DRY", "columns": columns }));
        let task_added = submission(
            "add_task",
            json!({ "task": task, "board": board, "column": column, "rank": "a0", "title": TITLE, "description": "",
                "steps": [], "labels": [], "due": null, "estimate_minutes": null, "priority": "normal", "source": null }),
        );
        let landed = ada.post_commands(&[board_made, task_added]).await;
        assert_eq!(landed.status, 200, "{}", landed.json());
        assert!(!landed.json().to_string().contains("rejected"), "{}", landed.json());
        Self { ada, task }
    }

    pub fn comment(&self, text: &str) -> Submission {
        submission("comment", json!({ "task": self.task, "comment": id(), "text": text }))
    }

    /// So many bytes of records, at least.
    pub async fn fill(&self, bytes: usize) {
        let text = "x".repeat(4_000);
        for _ in 0..bytes.div_ceil(text.len() * COMMENTS_AT_A_TIME) {
            let comments: Vec<Submission> = (0..COMMENTS_AT_A_TIME).map(|_| self.comment(&text)).collect();
            let landed = self.ada.post_commands(&comments).await;
            assert_eq!(landed.status, 200, "{}", landed.json());
        }
    }
}
