//! Alive is whoever answers; ready is whoever can serve.

use crate::private_postgres::PrivatePostgres;
use crate::served::{Program, command};
use crate::world::{Answer, Folder, Person};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until it is answered with this status.
async fn ready(nobody: &Person, status: u16) -> Answer {
    let since = Instant::now();
    loop {
        let asked = Instant::now();
        let answer = nobody.get("/health/ready").await;
        assert!(asked.elapsed() < Duration::from_secs(3), "a database that is gone is not waited for: {:?}", asked.elapsed());
        if answer.status == status {
            return answer;
        }
        assert!(since.elapsed() < PATIENCE, "never {status}, last: {}", answer.json());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_ready_while_its_database_answers_and_alive_all_the_time() {
    let (folder, postgres) = (Folder::new(), PrivatePostgres::start());
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0"], &folder);
    let program = Program::by(serve.env("LANDFALL_DATABASE", postgres.new_database()).stderr(std::process::Stdio::null()));
    let nobody = &program.nobody;
    assert_eq!(ready(nobody, 200).await.json()["status"], "ready");

    postgres.kill();
    let answer = ready(nobody, 503).await.json();
    assert_eq!(answer["status"], "no_database");
    assert!(answer["reason"].as_str().is_some_and(|reason| reason.contains("the database")), "{answer}");
    let alive = nobody.get("/health/live").await;
    assert_eq!((alive.status, alive.json()["status"].as_str()), (200, Some("live")));

    postgres.start_again();
    assert_eq!(ready(nobody, 200).await.json()["status"], "ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_database_in_a_file_it_is_ready_at_once() {
    let folder = Folder::new();
    let program = Program::start(&folder);
    for (path, status) in [("/health", "ok"), ("/health/live", "live"), ("/health/ready", "ready")] {
        let answer = program.nobody.get(path).await;
        assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some(status)), "{path}");
    }
}
