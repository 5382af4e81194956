//! Settings: by flag, by variable, by file, in this order; shown with where they come from, and never with a password.

use crate::served::command;
use crate::world::Folder;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder with a file of settings in it.
struct Desk {
    folder: Folder,
}

impl Desk {
    fn new() -> Self {
        let folder = Folder::new();
        fs::create_dir(&folder.0).unwrap();
        Self { folder }
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn serve(&self, words: &[&str]) -> Command {
        let mut command = command(&[&["serve"], words].concat(), &self.folder);
        command.env_remove("RUST_LOG");
        command
    }
}

fn printed(command: &mut Command) -> String {
    let output = command.arg("--print-config").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_flag_goes_before_a_variable_that_before_the_file_and_that_before_the_default() {
    let desk = Desk::new();
    let file = desk.write("landfall.toml", "connections-max = 1\nopen-logs-max = 2\nlog-unused-seconds = 3\ntrust-proxy = true\n", 0o644);
    let mut serve = desk.serve(&["--connections-max", "11"]);
    let settings = printed(serve.env("LANDFALL_CONFIG", &file).env("LANDFALL_CONNECTIONS_MAX", "12").env("LANDFALL_OPEN_LOGS_MAX", "22"));
    let file = file.display();
    for line in [
        "connections-max = 11 # flag --connections-max".to_owned(),
        "open-logs-max = 22 # variable LANDFALL_OPEN_LOGS_MAX".into(),
        format!("log-unused-seconds = 3 # {file}, line 3"),
        format!("trust-proxy = true # {file}, line 4"),
        "send-patience-seconds = 30 # default".into(),
        "# page is not set".into(),
    ] {
        assert!(settings.lines().any(|found| found == line), "no “{line}” in\n{settings}");
    }
    let mut serve = desk.serve(&["--trust-proxy=false", "--config", &file.to_string()]);
    assert!(printed(&mut serve).contains("trust-proxy = false # flag --trust-proxy"));
}

#[test]
fn what_is_printed_is_a_file_that_says_the_same() {
    let desk = Desk::new();
    let words = ["--origin", "https://a.example,https://b.example", "--page", "a \"page\"", "--stop-within-seconds", "7", "--trust-proxy"];
    let first = printed(&mut desk.serve(&words));
    let file = desk.write("printed.toml", &first, 0o644);
    let second = printed(desk.serve(&[]).env("LANDFALL_CONFIG", file));
    let values = |text: &str| text.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(values(&second), values(&first));
    assert!(first.contains(r#"origin = ["https://a.example", "https://b.example"] # flag --origin"#), "{first}");
}

#[test]
fn passwords_are_hidden_and_refused_where_others_could_read_them() {
    let desk = Desk::new();
    let address = "postgres://landfall:s3cret@127.0.0.1:1/landfall";
    let settings = printed(desk.serve(&[]).env("LANDFALL_DATABASE", address));
    assert!(settings.contains(r#"database = "postgres://landfall:***@127.0.0.1:1/landfall" # variable LANDFALL_DATABASE"#), "{settings}");

    let on_the_line = refused(desk.serve(&["--database", address]).output().unwrap());
    assert!(on_the_line.contains("--database-file") && !on_the_line.contains("s3cret"), "{on_the_line}");

    let open = desk.write("open.toml", &format!("database = \"{address}\"\n"), 0o644);
    let open = refused(desk.serve(&["--config", open.to_str().unwrap()]).output().unwrap());
    assert!(open.contains("chmod 600") && !open.contains("s3cret"), "{open}");
    let closed = desk.write("closed.toml", &format!("database = \"{address}\"\n"), 0o600);
    assert!(printed(&mut desk.serve(&["--config", closed.to_str().unwrap()])).contains(":***@127.0.0.1:1/landfall\" # "));

    for (mode, complains) in [(0o600, false), (0o644, true)] {
        let file = desk.write("address", &format!("{address}\n"), mode);
        let tried = refused(desk.serve(&["--database-file", file.to_str().unwrap()]).output().unwrap());
        assert!(tried.contains("cannot connect to the PostgreSQL at 127.0.0.1:1/landfall"), "the address was taken: {tried}");
        assert_eq!(tried.contains("others on this machine may read"), complains, "{tried}");
        assert!(!tried.contains("s3cret"), "{tried}");
    }
}

#[test]
fn databases_for_logs_are_settings_like_the_others_and_their_passwords_are_hidden() {
    let desk = Desk::new();
    let (west, east) = ("west=postgres://landfall:s3cret@127.0.0.1:1/west", "east=postgres://landfall@127.0.0.1:1/east");
    let main = "postgres://landfall@127.0.0.1:1/landfall";
    let settings = printed(desk.serve(&[]).env("LANDFALL_DATABASE", main).env("LANDFALL_LOG_DATABASE", format!("{west},{east}")));
    let expected = r#"log-database = ["west=postgres://landfall:***@127.0.0.1:1/west", "east=postgres://landfall@127.0.0.1:1/east"] # variable LANDFALL_LOG_DATABASE"#;
    assert!(settings.lines().any(|line| line == expected), "{settings}");
    let text = format!("database = \"{main}\"\nlog-database = [\"{west}\", \"{east}\"]\nplace-new-logs-on = [\"west\", \"east\"]\n");
    let open = desk.write("open.toml", &text, 0o644);
    assert!(refused(desk.serve(&["--config", open.to_str().unwrap()]).output().unwrap()).contains("chmod 600"));
    let closed = desk.write("closed.toml", &text, 0o600);
    let settings = printed(&mut desk.serve(&["--config", closed.to_str().unwrap()]));
    assert!(settings.contains(r#"place-new-logs-on = ["west", "east"] # "#), "{settings}");

    let on_the_line = refused(desk.serve(&["--log-database", west]).env("LANDFALL_DATABASE", main).output().unwrap());
    assert!(on_the_line.contains("--log-database-file") && !on_the_line.contains("s3cret"), "{on_the_line}");
    let alone = refused(desk.serve(&["--log-database", east]).output().unwrap());
    assert!(alone.contains("name that with --database"), "{alone}");
    let file = desk.write("addresses", &format!("# ours\n{west}\nnobody\n"), 0o600);
    let bad = refused(desk.serve(&["--log-database-file", file.to_str().unwrap()]).env("LANDFALL_DATABASE", main).output().unwrap());
    assert!(bad.contains("is a name and an address") && !bad.contains("s3cret"), "{bad}");
}

#[test]
fn a_nats_server_for_hints_is_a_setting_like_the_others_and_its_secrets_are_hidden() {
    let desk = Desk::new();
    let main = "postgres://landfall@127.0.0.1:1/landfall";
    let serve = |words: &[&str]| {
        let mut serve = desk.serve(words);
        serve.env("LANDFALL_DATABASE", main);
        serve
    };
    let settings = printed(&mut serve(&["--hints", "nats://127.0.0.1:4222"]));
    assert!(settings.lines().any(|line| line == r#"hints = "nats://127.0.0.1:4222" # flag --hints"#), "{settings}");
    for (address, hidden) in [("tls://landfall:s3cret@hints", "tls://landfall:***@hints"), ("nats://s3cret@hints", "nats://***@hints")] {
        let settings = printed(serve(&[]).env("LANDFALL_HINTS", address));
        assert!(settings.contains(&format!(r#"hints = "{hidden}" # variable LANDFALL_HINTS"#)), "{settings}");
        let on_the_line = refused(serve(&["--hints", address]).output().unwrap());
        assert!(on_the_line.contains("--hints-file") && !on_the_line.contains("s3cret"), "{on_the_line}");
        let open = desk.write("open.toml", &format!("hints = \"{address}\"\n"), 0o644);
        let open = refused(serve(&["--config", open.to_str().unwrap()]).output().unwrap());
        assert!(open.contains("chmod 600") && !open.contains("s3cret"), "{open}");

        let file = desk.write("hints", &format!("{address}\n"), 0o644);
        let tried = refused(serve(&["--hints-file", file.to_str().unwrap()]).output().unwrap());
        assert!(tried.contains("others on this machine may read") && tried.contains("cannot connect to the PostgreSQL"), "{tried}");
        assert!(!tried.contains("s3cret"), "{tried}");
    }
    let wrong = refused(serve(&["--hints", "http://127.0.0.1:4222"]).output().unwrap());
    assert!(wrong.contains("--hints cannot be used: this is no address of a NATS server, such as nats://"), "{wrong}");
    let both = refused(serve(&["--hints", "nats://hints", "--hints-file", "hints"]).output().unwrap());
    assert!(both.contains("hints (flag --hints) and hints-file (flag --hints-file) exclude one another"), "{both}");
    let alone = refused(desk.serve(&["--hints", "nats://hints"]).output().unwrap());
    assert!(alone.contains("name that with --database, or leave --hints out"), "{alone}");
}

#[test]
fn what_does_not_fit_is_refused_with_what_to_do() {
    let desk = Desk::new();
    let file = desk.write("landfall.toml", "\nconection-max = 5\n", 0o644);
    let unknown = refused(desk.serve(&["--config", file.to_str().unwrap()]).output().unwrap());
    let expected = format!("{}, line 2: there is no setting conection-max; did you mean connections-max?", file.display());
    assert!(unknown.contains(&expected), "{unknown}");

    let both = refused(desk.serve(&["--store", "memory"]).env("LANDFALL_DATABASE", "postgres://landfall@127.0.0.1:1/x").output().unwrap());
    assert!(both.contains("database (variable LANDFALL_DATABASE) and store (flag --store) exclude one another"), "{both}");
    let missing = refused(desk.serve(&["--config", "/nowhere/landfall.toml"]).output().unwrap());
    assert!(missing.contains("cannot read the settings in /nowhere/landfall.toml"), "{missing}");
}

#[test]
fn the_usual_variable_for_levels_still_holds_where_nothing_else_is_said() {
    let desk = Desk::new();
    let settings = printed(desk.serve(&[]).env("RUST_LOG", "warn"));
    assert!(settings.contains("log-level = \"warn\" # variable RUST_LOG"), "{settings}");
    let settings = printed(desk.serve(&[]).env("RUST_LOG", "warn").env("LANDFALL_LOG_LEVEL", "error"));
    assert!(settings.contains("log-level = \"error\" # variable LANDFALL_LOG_LEVEL"), "{settings}");
}
