//! The native client as a person uses it, against a real server: `join`, `import`, `land`, `tail`, `export`.

#[path = "native/proxy.rs"]
mod proxy;
#[path = "native/world.rs"]
mod world;

use landfall_domain::{Event, Workspace};
use landfall_engine::{Outcome, Record};
use proxy::Proxy;
use serde_json::json;
use std::collections::BTreeSet;
use std::process::Stdio;
use world::{Running, World, ran, text, until};

const BOARD: &str = "01930000-0000-7000-8000-00000000b0a0";

fn records(lines: &[String]) -> Vec<Record<Workspace>> {
    lines.iter().map(|line| Record::from_json(line).expect("a record")).collect()
}

/// Positions without gaps, each command once.
fn assert_whole(records: &[Record<Workspace>]) {
    assert!(records.iter().zip(1..).all(|(record, position)| record.position == position));
    let commands: BTreeSet<_> = records.iter().map(|record| record.command).collect();
    assert_eq!(commands.len(), records.len());
}

fn titles(records: &[Record<Workspace>]) -> Vec<String> {
    let events = records.iter().filter_map(|record| match &record.outcome {
        Outcome::Accepted(events) => Some(events),
        Outcome::Rejected(_) => None,
    });
    let added = events.flatten().filter_map(|event| match event {
        Event::TaskAdded(added) => Some(added.title.to_string()),
        _ => None,
    });
    added.collect()
}

fn sample(world: &World, tasks: u32) -> std::path::PathBuf {
    let path = world.path(&format!("sample-{tasks}.csv"));
    let made = world.run("nobody", &["sample", "--tasks", &tasks.to_string(), "--out", text(&path)]);
    assert_eq!(made.code, 0, "{}", made.err);
    path
}

#[test]
fn somebody_joins_imports_and_everybody_sees_it_live() {
    let world = World::start("live");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!((joined.code, joined.err.as_str()), (0, ""), "{}", joined.out);
    assert!(joined.out.starts_with("Joined “Dry dock” as Bo."), "{}", joined.out);

    let tail = Running::start(world.client("bo", &["tail", "dry dock", "--json", "--from", "1"]));
    let mut live: Vec<String> = (0..world.head()).map(|_| tail.line()).collect();

    let imported = world.run("bo", &["import", text(&sample(&world, 300))]);
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    assert!(imported.out.starts_with("Landed 301 of 301 on “Dry dock”."), "{}", imported.out);
    live.extend((0..301).map(|_| tail.line()));
    assert!(tail.is_silent());

    let exported = world.export("bo");
    assert_eq!(exported, live);
    let records = records(&exported);
    assert_whole(&records);
    assert_eq!(titles(&records).len(), 300);

    let file = world.path("log.jsonl");
    let to_file = world.run("bo", &["export", &world.log, "--out", text(&file)]);
    assert_eq!(to_file.code, 0, "{}", to_file.err);
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().collect::<Vec<_>>(), exported);
}

#[test]
fn an_import_that_is_killed_goes_on_and_nothing_counts_twice() {
    let world = World::start("killed");
    let token = world.token();
    let url = world.url();
    let access = ["--server", &url, "--token", &token];
    let file = sample(&world, 5_000);
    let before = world.head();
    let mut importing = Running::start(world.client("edda", &[&["import", text(&file)][..], &access].concat()));
    until("some of it lands", || world.head() > before + 200);
    importing.kill();
    let landed = world.head() - before;
    assert!(landed < 5_001, "it was over before it was killed");

    let resumed = world.run("edda", &[&["import", "--resume"][..], &access].concat());
    assert_eq!(resumed.code, 0, "{}{}", resumed.out, resumed.err);
    let exported = ran(world.client("edda", &[&["export", "Dry dock"][..], &access].concat()).output().unwrap());
    let lines: Vec<String> = exported.out.lines().map(str::to_owned).collect();
    let records = records(&lines);
    assert_whole(&records);
    assert_eq!(titles(&records).len(), 5_000);
    assert_eq!(records.len() as u64, before + 5_001);

    let nothing = world.run("edda", &[&["land"][..], &access].concat());
    assert_eq!((nothing.code, nothing.out.as_str()), (0, "Nothing waits for “Dry dock”.\n"));
}

#[test]
fn who_knows_several_addresses_works_with_the_one_that_answers() {
    let world = World::start("addresses");
    let (token, url) = (world.token(), world.url());
    let nobody = "http://127.0.0.1:1";
    let access = ["--server", nobody, "--server", &url, "--token", &token];
    let file = sample(&world, 20);
    let imported = world.run("edda", &[&["import", text(&file)][..], &access].concat());
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    assert!(imported.out.starts_with("Landed 21 of 21"), "{}", imported.out);

    // What was said once is remembered: the first address still answers nobody.
    let again = world.run("edda", &["import", text(&file), "--again", "--token", &token]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    let exported = world.run("edda", &["export", "Dry dock", "--token", &token]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert_eq!(exported.out.lines().count() as u64, world.head());
}

#[test]
fn without_a_server_it_is_kept_and_lands_later() {
    let mut world = World::start("offline");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    world.kill_server();

    let file = sample(&world, 50);
    let kept = world.run("bo", &["import", text(&file), "--board", "Night shift"]);
    assert_eq!(kept.code, 3, "{}{}", kept.out, kept.err);
    assert!(kept.out.contains("51 commands are kept in") && kept.out.contains("landfall land"), "{}", kept.out);

    // The same file once more is not the same tasks once more.
    let again = world.run("bo", &["import", text(&file), "--board", "Night shift"]);
    assert_eq!(again.code, 3, "{}{}", again.out, again.err);
    assert!(again.err.contains("was imported on") && again.out.contains("51 commands are kept in"), "{}{}", again.out, again.err);

    // A second file goes to the board that has not landed yet.
    let more = world.write("more.csv", "Title\nOil the hinges\n");
    let more = world.run("bo", &["import", text(&more), "--board", "Night shift"]);
    assert!(more.out.contains("52 commands are kept in"), "{}{}", more.out, more.err);

    let waiting = Running::start(world.client("bo", &["land", "--wait"]));
    assert!(waiting.line().starts_with("Waiting for the server"));
    world.start_server();
    while waiting.line() != "Landed 52 of 52 on “Dry dock”." {}
    let records = records(&world.export("bo"));
    assert_whole(&records);
    assert_eq!(titles(&records).len(), 51);

    let over = world.run("bo", &["import", text(&file), "--board", "Night shift"]);
    assert_eq!(over.code, 2);
    assert!(over.err.contains("--again"), "{}", over.err);
    let twice = world.run("bo", &["import", text(&file), "--board", "Night shift", "--again"]);
    assert_eq!(twice.code, 0, "{}{}", twice.out, twice.err);
    assert_eq!(titles(&self::records(&world.export("bo"))).len(), 101);
}

#[test]
fn broken_lines_are_told_with_their_number_and_the_rest_lands() {
    let world = World::start("broken");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    let file = world.write("broken.csv", b"Title,Due date\nOil the hinges,2027-01-01\n,2027-01-02\nM\xe9ger the pump,\nScrape,soon\n");
    let imported = world.run("bo", &["import", text(&file)]);
    assert_eq!(imported.code, 1, "{}{}", imported.out, imported.err);
    for number in [3, 4, 5] {
        assert!(imported.err.contains(&format!("Line {number}: ")), "{}", imported.err);
    }
    assert!(imported.out.contains("Landed 4 of 4") && imported.out.contains("3 problems in the file"), "{}", imported.out);
    assert_eq!(titles(&records(&world.export("bo"))), ["Oil the hinges", "M\u{fffd}ger the pump", "Scrape"]);
}

#[test]
fn each_rejection_is_told_in_a_sentence_and_the_rest_lands() {
    let mut world = World::start("rejected");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    let column = |last: &str, name: &str, stage: &str, limit: Option<u32>| {
        let column = format!("01930000-0000-7000-8000-0000000000{last}");
        json!({ "column": column, "name": name, "stage": stage, "limit": limit })
    };
    let columns = [column("c1", "Ready", "ready", Some(2)), column("c2", "Later", "ready", None)];
    world.submit(1, "create_board", &json!({ "board": BOARD, "name": "Hull", "key": "HLD", "columns": columns }));

    let file = world.write("three.csv", "Title,Status\nOne,Ready\nTwo,Ready\nThree,Ready\nFour,Later\n");
    let refused = world.run("bo", &["import", text(&file), "--board", "hull"]);
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("(line 4)") && refused.err.contains("Three") && refused.err.contains("Edda"), "{}", refused.err);
    assert!(refused.out.contains("Landed 3 of 4") && refused.out.contains("1 rejected"), "{}", refused.out);

    // Kept while there was room in what is known here, rejected when it lands.
    world.submit(2, "limit_column", &json!({ "column": columns[0]["column"], "limit": 3 }));
    assert_eq!(world.run("bo", &["import", text(&world.write("a.csv", "Title,Status\nA,Later\n")), "--board", "hull"]).code, 0);
    world.kill_server();
    let more = world.write("more.csv", "Title,Status\nLast place,Ready\nBeside,Later\n");
    assert_eq!(world.run("bo", &["import", text(&more), "--board", "hull"]).code, 3);
    world.start_server();
    world.submit(3, "limit_column", &json!({ "column": columns[0]["column"], "limit": 2 }));
    let landed = world.run("bo", &["land"]);
    assert_eq!(landed.code, 1, "{}{}", landed.out, landed.err);
    assert!(landed.err.contains("Rejected: ") && landed.err.contains("Last place"), "{}", landed.err);
    assert!(landed.out.contains("Landed 1 of 2"), "{}", landed.out);
}

#[test]
fn who_is_removed_meanwhile_is_told_and_loses_no_word() {
    let mut world = World::start("removed");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    let bo = records(&world.export("bo")).into_iter().find_map(|record| match record.outcome {
        Outcome::Accepted(events) => events.into_iter().find_map(|event| match event {
            Event::MemberAdmitted(admitted) => Some(admitted.actor),
            _ => None,
        }),
        Outcome::Rejected(_) => None,
    });
    world.kill_server();
    let kept = world.run("bo", &["import", text(&world.write("one.csv", "Title\nOil the hinges\n"))]);
    assert_eq!(kept.code, 3, "{}{}", kept.out, kept.err);
    world.start_server();
    world.submit(1, "remove_member", &json!({ "member": bo.unwrap() }));
    let told = world.run("bo", &["land"]);
    assert_eq!(told.code, 2, "{}{}", told.out, told.err);
    assert!(told.err.contains("Oil the hinges") && told.err.contains("does not list you any more"), "{}", told.err);
    let folder = told.out.trim().rsplit_once("is kept as rejected in ").expect("where it is kept").1.trim_end_matches('.');
    let outbox = std::fs::read_to_string(std::path::Path::new(folder).join("outbox.jsonl")).unwrap();
    assert!(outbox.contains("Oil the hinges"));
}

#[test]
fn tail_reconnects_by_itself_and_misses_nothing() {
    let mut world = World::start("tail");
    for (profile, name) in [("bo", "Bo"), ("ada", "Ada")] {
        let joined = world.run(profile, &["join", &world.invitation(), "--name", name]);
        assert_eq!(joined.code, 0, "{}", joined.err);
    }
    let before = world.head();
    let tail = Running::start(world.client("bo", &["tail", "Dry dock"]));
    assert!(tail.is_silent(), "without --from it begins with what is new");
    let import = |name: &str| {
        let file = world.write(name, format!("Title\n{name}\n"));
        let imported = world.run("ada", &["import", text(&file)]);
        assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    };
    import("first.csv");
    let first = tail.line();
    assert!(first.contains(&format!("{}  20", before + 1)) && first.contains("board_created"), "{first}");
    assert!(tail.line().contains("first.csv"));
    world.kill_server();
    assert!(tail.line().starts_with("Offline: "));
    world.start_server();
    let file = world.write("second.csv", "Title\nsecond.csv\n");
    assert_eq!(world.run("ada", &["import", text(&file)]).code, 0);
    assert!(tail.line().contains("board_created"));
    assert!(tail.line().contains("second.csv"));
}

#[test]
fn trello_boards_and_github_issues_land_too() {
    let world = World::start("formats");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    let (twice, again) = (world.write("twice.csv", "Title\nOne\n"), world.path("again"));
    std::fs::create_dir(&again).unwrap();
    std::fs::write(again.join("twice.csv"), "Title\nTwo\n").unwrap();
    for file in [&twice, &again.join("twice.csv")] {
        let imported = world.run("bo", &["import", text(file)]);
        assert_eq!(imported.code, 0, "two boards may have the same name: {}{}", imported.out, imported.err);
    }
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/domain/samples");
    for (file, format) in [("tasks.csv", "csv"), ("trello.json", "trello"), ("github-issues.json", "github")] {
        let before = titles(&records(&world.export("bo"))).len();
        let imported = world.run("bo", &["import", &format!("{samples}/{file}"), "--format", format]);
        assert!(imported.code < 2 && !imported.out.contains("rejected"), "{file}: {}{}", imported.out, imported.err);
        assert!(titles(&records(&world.export("bo"))).len() > before, "{file}");
    }
}

#[test]
fn behind_a_proxy_that_speaks_https_everything_works() {
    let world = World::start("https");
    let proxy = Proxy::start(&world.address);
    let run = |arguments: &[&str]| ran(world.client("bo", arguments).env("SSL_CERT_FILE", Proxy::AUTHORITY).output().unwrap());
    let invitation = world.invitation().replace(&world.url(), &proxy.url());
    let joined = run(&["join", &invitation, "--name", "Bo"]);
    assert_eq!((joined.code, joined.err.as_str()), (0, ""), "{}", joined.out);
    let imported = run(&["import", text(&sample(&world, 20))]);
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    assert_eq!(titles(&records(&run(&["export", "Dry dock"]).out.lines().map(str::to_owned).collect::<Vec<_>>())).len(), 20);
    let distrusted = world.run("bo", &["tail", "Dry dock"]);
    assert_eq!(distrusted.code, 2, "{}", distrusted.err);
    assert!(distrusted.err.contains("certificate"), "{}", distrusted.err);
}

#[test]
fn when_nothing_is_possible_it_says_what_to_do() {
    let world = World::start("nothing");
    let told = |arguments: &[&str], wanted: &str| {
        let told = world.run("nobody", arguments);
        assert_eq!(told.code, 2, "{arguments:?}: {}{}", told.out, told.err);
        assert!(told.err.contains(wanted), "{arguments:?}: {}", told.err);
    };
    let file = world.write("one.csv", "Title\nOne\n");
    let file = text(&file);
    let (url, token) = (world.url(), world.token());
    told(&["import", file], "landfall join LINK");
    told(&["import", file, "--server", &url, "--token", "wrong"], "does not know this token");
    told(&["import", file, "--server", "board.local", "--token", &token], "http://board.local:8080");
    told(&["import", file, "--server", "http://127.0.0.1:1", "--token", &token], "must be reached once");
    told(&["import", file, "--server", &url, "--token", &token, "--workspace", "Wet dock"], "It opens: “Dry dock”");
    told(&["import", "absent.csv", "--server", &url, "--token", &token], "absent.csv cannot be read");
    told(&["import", file, "--format", "xml", "--server", &url, "--token", &token], "csv, trello, github");
    told(&["import", text(&world.write("none.csv", "Title\n")), "--server", &url, "--token", &token], "nothing in the file");
    told(&["join", &format!("{url}/join/wrong-code"), "--name", "Bo"], "invitation");
    told(&["join", &url, "--name", "Bo"], "is no invitation");
    told(&["tail", "Wet dock", "--server", &url, "--token", &token], "It opens: “Dry dock”");
    told(&["tail", "Dry dock", "--server", &url, "--token", &token, "--from", "1000"], "yet to come");
    assert_eq!(world.head(), 1);
}

#[test]
fn an_outbox_has_one_process_at_a_time() {
    let mut world = World::start("lock");
    let joined = world.run("bo", &["join", &world.invitation(), "--name", "Bo"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    world.kill_server();
    assert_eq!(world.run("bo", &["import", text(&world.write("one.csv", "Title\nOne\n"))]).code, 3);
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut waiting = Running::start(world.client("bo", &["land", "--wait"]));
    waiting.line();
    let second = ran(world.client("bo", &["land"]).stdin(Stdio::null()).output().unwrap());
    assert_eq!(second.code, 2);
    assert!(second.err.contains("Another landfall works with"), "{}", second.err);
    #[cfg(unix)]
    {
        waiting.interrupt();
        while !waiting.line().starts_with("Stopped. 2 commands are kept in") {}
        assert_eq!(waiting.code(), 3);
    }
}
