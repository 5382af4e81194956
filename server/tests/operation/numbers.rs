//! Numbers: what `/metrics` prints is what `docs/metrics.md` lists, and what dashboard and alarms ask for is printed.

use crate::office::Office;
use crate::served::Program;
use crate::world::Folder;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A metric's type and the names of its labels.
type Listed = BTreeMap<String, (String, BTreeSet<String>)>;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of the table: `| name | type | labels | meaning |`.
fn documented() -> Listed {
    let text = read("docs/metrics.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |row: &str| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [name, kind, labels, meaning] = cells[..] else { panic!("not a row: {row}") };
        assert!(meaning.len() > 10, "{name} has a meaning");
        let labels = labels.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (name.trim_end_matches('`').to_owned(), (kind.to_owned(), labels))
    };
    rows.map(row).collect()
}

/// The name of a family, whichever of its samples is named.
fn family<'a>(sample: &'a str, known: &Listed) -> &'a str {
    let stems = ["_bucket", "_sum", "_count"].iter().filter_map(|ending| sample.strip_suffix(ending));
    let is_histogram = |stem: &&str| known.get(*stem).is_some_and(|(kind, _)| kind == "histogram");
    stems.into_iter().find(is_histogram).unwrap_or(sample)
}

/// What is printed, and which of it has samples.
fn printed(text: &str) -> (Listed, BTreeSet<String>) {
    let mut families = Listed::new();
    let mut sampled = BTreeSet::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            assert!(families.insert(name.into(), (kind.into(), BTreeSet::new())).is_none(), "{name} is printed once");
        } else if !line.starts_with('#') {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "a number: {line}");
            let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
            let family = family(name, &families).to_owned();
            let found = labels.split(',').filter_map(|label| label.split_once('=')).map(|(name, _)| name.to_owned());
            let (_, labels) = families.get_mut(&family).unwrap_or_else(|| panic!("{family} has no type"));
            labels.extend(found.filter(|name| name != "le"));
            sampled.insert(family);
        }
    }
    (families, sampled)
}

async fn metrics_of_a_busy_server() -> String {
    let folder = Folder::new();
    let program = Program::start(&folder);
    let office = Office::found(&program).await;
    let mut socket = office.ada.socket(landfall_engine::protocol::Format::Postcard).await;
    socket.send_bytes(b"nonsense".to_vec()).await;
    socket.close_code().await;
    assert_eq!(program.nobody.get("/api/me/nothing").await.status, 404);
    String::from_utf8(program.nobody.get("/metrics").await.body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_printed_is_what_is_listed() {
    let text = metrics_of_a_busy_server().await;
    let (printed, sampled) = printed(&text);
    let documented = documented();
    let names = |listed: &Listed| listed.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&documented).difference(&names(&printed)).next(), None, "listed and not printed");
    assert_eq!(names(&printed).difference(&names(&documented)).next(), None, "printed and not listed");
    for (name, expected) in &documented {
        assert!(sampled.contains(name), "{name} has a sample");
        assert_eq!(&printed[name], expected, "{name}");
        assert!(expected.0 != "counter" || name.ends_with("_total"), "{name} is a counter");
        assert!(expected.0 != "histogram" || name.ends_with("_seconds"), "{name} is a histogram of durations");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_is_counted() {
    let text = metrics_of_a_busy_server().await;
    let sample = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    };
    assert_eq!(sample("landfall_http_requests_total{route=\"/api/logs/{log}/commands\",status=\"2xx\"}"), 1.0);
    assert_eq!(sample("landfall_http_requests_total{route=\"/api/{*rest}\",status=\"4xx\"}"), 1.0);
    assert_eq!(sample("landfall_http_request_seconds_count{route=\"/api/logs/{log}/commands\"}"), 1.0);
    assert_eq!(sample("landfall_record_durable_seconds_count"), 3.0, "founded, a board, a task");
    assert_eq!(sample("landfall_records_total{outcome=\"accepted\"}"), 3.0);
    assert_eq!(sample("landfall_append_seconds_count"), sample("landfall_appends_total"));
    assert_eq!(sample("landfall_log_open_seconds_count"), 1.0);
    for nothing_waits in ["landfall_commands_waiting", "landfall_appends_waiting"] {
        assert_eq!(sample(nothing_waits), 0.0, "{nothing_waits}");
    }
    assert!(sample("process_resident_memory_bytes") > 1e6 && sample("process_open_fds") > 5.0 && sample("process_max_fds") > 100.0);
    assert!(sample("landfall_record_durable_seconds_sum") > 0.0);
}

/// What somebody asks Prometheus for: the words that look like names of ours.
fn asked_for(text: &str) -> BTreeSet<&str> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    words.filter(|word| word.starts_with("landfall_") || word.starts_with("process_")).collect()
}

#[test]
fn dashboard_and_alarms_ask_for_what_there_is() {
    let known = documented();
    for path in ["deploy/grafana/landfall.json", "deploy/prometheus/alerts.yaml"] {
        let text = read(path);
        let asked_for = asked_for(&text);
        assert!(asked_for.len() > 10, "{path} asks for {asked_for:?}");
        let unknown: Vec<_> = asked_for.iter().filter(|word| !known.contains_key(family(word, &known))).collect();
        assert!(unknown.is_empty(), "{path} asks for what docs/metrics.md does not list: {unknown:?}");
    }
    let dashboard: serde_json::Value = serde_json::from_str(&read("deploy/grafana/landfall.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let rows: Vec<_> = panels.iter().filter(|panel| panel["type"] == "row").map(|panel| panel["title"].as_str().unwrap()).collect();
    assert_eq!(rows, ["Traffic", "Latency", "Store", "Sockets", "Logs", "Process"]);
    let shown: BTreeSet<&str> = asked_for(&read("deploy/grafana/landfall.json"))
        .iter()
        .map(|word| family(word, &known))
        .map(|name| known.get_key_value(name).unwrap().0.as_str())
        .collect();
    let hidden: Vec<_> = known.keys().filter(|name| !shown.contains(name.as_str()) && *name != "process_start_time_seconds").collect();
    assert!(hidden.is_empty(), "the dashboard shows all: {hidden:?}");
}

#[test]
fn each_alarm_says_what_happened_and_where_it_is_told_what_to_do() {
    let text = read("deploy/prometheus/alerts.yaml");
    let alarms: Vec<&str> = text.split("- alert: ").skip(1).collect();
    assert!(alarms.len() >= 10);
    for alarm in alarms {
        let name = alarm.lines().next().unwrap();
        for part in ["expr: ", "severity: ", "summary: \""] {
            assert!(alarm.contains(part), "{name} has {part}");
        }
        // LandfallSlowDisk is told of at #alarm-slow-disk.
        let words = name.strip_prefix("Landfall").expect("named after us");
        let anchor: String = words.chars().flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain(c.to_lowercase())).collect();
        assert!(alarm.contains(&format!("runbook: OPERATIONS.md#alarm{anchor}\n")), "{name} leads to #alarm{anchor}");
    }
}
