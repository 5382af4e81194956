//! The conventions of this repository, as tests. CONTRIBUTING.md says why; a failure here says where.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A file longer than this hides a part that wants its own name.
const LINES_MAX: usize = 600;
/// Where the product is named: the engine and its adapters know `Domain` only.
const COMPOSITION_ROOTS: [&str; 3] = ["server/src/main.rs", "client-wasm/src/lib.rs", "shared/simulation/src/workload.rs"];
/// Which of our own crates each may use.
const DIRECTIONS: [(&str, &[&str]); 9] = [
    ("landfall-engine", &[]),
    ("landfall-domain", &["landfall-engine"]),
    ("landfall-simulation", &["landfall-engine", "landfall-domain"]),
    ("landfall-client", &["landfall-engine", "landfall-domain"]),
    ("landfall", &["landfall-engine", "landfall-domain"]),
    ("landfall-fuzzing", &["landfall-engine", "landfall-domain"]),
    ("landfall-load", &["landfall", "landfall-engine", "landfall-domain"]),
    ("landfall-counts", &["landfall-engine", "landfall-domain"]),
    ("xtask", &[]),
];
/// All that the engine may use: whatever it drags in, every browser downloads and every simulation trusts.
const ENGINE_USES: [&str; 6] = ["serde", "serde_json", "postcard", "uuid", "sha2", "ts-rs"];
/// Clock, randomness, IO, threads, async and unordered maps, by the words that a use of them cannot avoid.
const IMPURE: [&str; 22] = [
    "HashMap",
    "HashSet",
    "Instant",
    "SystemTime",
    "std::time",
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::sync::Mutex",
    "async ",
    ".await",
    "println!",
    "print!",
    "getrandom",
    "rand::",
    "now_v7",
    "new_v4",
    "tokio",
    "js_sys",
];
const DRAWERS: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "manager", "misc", "stuff"];
/// Split, so that this file does not name what it forbids.
const UNDONE: [&str; 5] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("todo", "!("), concat!("unimplemented", "!(")];

struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is(&self, extensions: &[&str]) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
    }

    fn is_test(&self) -> bool {
        ["/tests/", "/e2e/", "/benches/"].iter().any(|folder| self.path.contains(folder))
    }

    /// Numbered lines of code: no comments, nothing from the first unit test on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        numbered.take_while(|(_, line)| *line != "#[cfg(test)]").filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every file that is, or is about to be, part of the repository.
fn sources() -> Vec<Source> {
    let listed = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output().unwrap();
    assert!(listed.status.success(), "git cannot list the files of {}", root().display());
    let paths: BTreeSet<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    let read = |path: String| fs::read_to_string(root().join(&path)).ok().map(|text| Source { path, text });
    paths.into_iter().filter_map(read).collect()
}

fn rust() -> Vec<Source> {
    sources().into_iter().filter(|source| source.is(&["rs"])).collect()
}

/// The repository, or the copy of it that `cargo xtask breakages` has broken.
fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("LANDFALL_TREE") {
        Some(copy) => PathBuf::from(copy),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned(),
    });
    &ROOT
}

fn metadata(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO"));
    let output = command.args(["metadata", "--format-version", "1", "--locked"]).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Our own packages, each with the names of what it depends on outside of tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let names = |package: &Value| {
        let listed = package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["kind"].is_null());
        listed.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect()
    };
    let packages = metadata(&["--no-deps"]);
    packages["packages"].as_array().unwrap().iter().map(|package| (package["name"].as_str().unwrap().to_owned(), names(package))).collect()
}

fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

fn has_word(line: &str, word: &str) -> bool {
    let is_inside = |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
    let starts_inside = word.starts_with(|character: char| !character.is_alphanumeric());
    line.match_indices(word).any(|(at, _)| starts_inside || !is_inside(line[..at].chars().next_back()))
}

#[test]
fn every_module_opens_with_a_sentence_about_itself() {
    let opens = |source: &Source| source.text.starts_with("//! ") && source.text.lines().next().is_some_and(|line| line.len() > 20);
    none(
        "modules that do not open with a `//!` sentence",
        rust().into_iter().filter(|source| !opens(source)).map(|source| source.path).collect(),
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let counted = sources()
        .into_iter()
        .filter(|source| source.is(&["rs", "ts", "tsx", "css", "js", "mjs"]))
        .map(|source| (source.text.lines().count(), source.path));
    none("files over 600 lines", counted.filter(|(lines, _)| *lines > LINES_MAX).map(|(lines, path)| format!("{path}: {lines}")).collect());
}

#[test]
fn no_file_is_a_drawer_for_everything() {
    let is_drawer = |path: &str| {
        let mut parts = path.split('/').map(|part| part.split('.').next().unwrap_or(part));
        parts.any(|part| DRAWERS.contains(&part))
    };
    none("names that say nothing", sources().into_iter().map(|source| source.path).filter(|path| is_drawer(path)).collect());
}

#[test]
fn modules_stand_beside_their_folders() {
    none("`mod.rs` files", rust().into_iter().map(|source| source.path).filter(|path| path.ends_with("/mod.rs")).collect());
}

#[test]
fn nothing_is_left_undone() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.is(&["rs", "ts", "tsx", "css", "toml", "sh"])) {
        for (index, line) in source.text.lines().enumerate() {
            if UNDONE.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    none("left undone", found);
}

#[test]
fn dependencies_point_one_way() {
    let dependencies = dependencies();
    let ours: BTreeSet<&String> = dependencies.keys().collect();
    let mut wrong = Vec::new();
    for (name, uses) in &dependencies {
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("{name} has no place in DIRECTIONS"));
            continue;
        };
        let foreign = uses.iter().filter(|used| ours.contains(used) && !allowed.contains(&used.as_str()));
        wrong.extend(foreign.map(|used| format!("{name} uses {used}")));
    }
    let surplus = dependencies["landfall-engine"].iter().filter(|used| !ENGINE_USES.contains(&used.as_str()));
    wrong.extend(surplus.map(|used| format!("landfall-engine uses {used}")));
    none("dependencies in the wrong direction", wrong);
}

#[test]
fn rule_2_the_product_is_named_in_the_composition_roots_only() {
    let mut found = Vec::new();
    for source in rust() {
        let is_its_own = ["shared/domain/", "fuzzing/", "xtask/", "bench/"].iter().any(|folder| source.path.starts_with(folder));
        if is_its_own || source.is_test() || COMPOSITION_ROOTS.contains(&source.path.as_str()) {
            continue;
        }
        found.extend(
            source.code().filter(|(_, line)| line.contains("landfall_domain")).map(|(number, _)| format!("{}:{number}", source.path)),
        );
    }
    none("the domain is named outside of the composition roots", found);
}

#[test]
fn rule_1_what_is_shared_is_pure() {
    let mut found = Vec::new();
    for source in rust().iter().filter(|source| {
        source.path.starts_with("shared/") && source.path.contains("/src/") && !source.path.starts_with("shared/simulation/")
    }) {
        for (number, line) in source.code() {
            let words = IMPURE.iter().filter(|word| has_word(line, word));
            found.extend(words.map(|word| format!("{}:{number}: `{}`", source.path, word.trim())));
        }
    }
    none("under shared/, time, randomness and IO are arguments, and maps have an order", found);
}

#[test]
fn rule_13_the_service_worker_is_told_to_cache_the_shell_and_nothing_else() {
    let sources = sources();
    let text = |path| &sources.iter().find(|source| source.path == path).unwrap().text;
    let config = text("web/vite.config.ts");
    assert!(!config.contains("runtimeCaching"), "what is fetched at run time is data");
    assert!(config.contains(r#"globPatterns: ["**/*.{html,js,css,wasm,svg,png,webmanifest}"]"#), "the shell is what was built");
    for path in ["api", "sync", "health", "metrics"] {
        assert!(config.contains(&format!(r"/^\/{path}(\/|$)/")), "/{path} is not answered with the shell");
    }
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let is_crate = |source: &Source| source.path.ends_with("/Cargo.toml") && source.text.contains("[package]");
    let lax = sources().into_iter().filter(|source| is_crate(source) && !source.text.contains("[lints]\nworkspace = true"));
    none("crates without `[lints] workspace = true`", lax.map(|source| source.path).collect());
}

#[test]
fn the_lock_of_npm_names_no_addresses() {
    let lock = fs::read_to_string(root().join("web/package-lock.json")).unwrap();
    let resolved = lock.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("\"resolved\""));
    none(
        "web/package-lock.json: `resolved` ties it to one registry",
        resolved.map(|(index, line)| format!("{}: {}", index + 1, line.trim())).collect(),
    );
}

#[test]
fn only_the_client_module_imports_the_engine() {
    let page = sources()
        .into_iter()
        .filter(|source| source.path.starts_with("web/src/") && source.is(&["ts", "tsx"]) && source.path != "web/src/client.ts");
    let imports = |line: &str| line.contains("wasm/landfall") && (line.contains("from \"") || line.contains("import"));
    none(
        "the wasm package is imported outside of web/src/client.ts",
        page.filter(|source| source.text.lines().any(imports)).map(|source| source.path).collect(),
    );
}

#[test]
fn the_protocol_document_knows_every_close_code() {
    let Ok(document) = fs::read_to_string(root().join("PROTOCOL.md")) else { return };
    let code = fs::read_to_string(root().join("shared/engine/src/protocol.rs")).unwrap();
    let numbers = code
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
        .filter_map(|(name, number)| Some((name, number.parse::<u16>().ok()?)));
    let unknown: Vec<_> = numbers
        .clone()
        .filter(|(_, number)| !document.contains(&number.to_string()))
        .map(|(name, number)| format!("{name} = {number}"))
        .collect();
    assert!(numbers.count() >= 13, "the close codes are not where this test looks for them");
    none("close codes that PROTOCOL.md does not explain", unknown);
}

#[test]
fn every_rule_that_a_test_names_is_in_the_protocol_document() {
    let Ok(document) = fs::read_to_string(root().join("PROTOCOL.md")) else { return };
    let stated: BTreeSet<u32> = document.lines().flat_map(rules_named).collect();
    let mut unknown = Vec::new();
    for source in sources().iter().filter(|source| source.is(&["rs", "ts", "tsx"]) && !source.path.starts_with("xtask/")) {
        for (index, line) in source.text.lines().enumerate() {
            unknown.extend(
                rules_named(line)
                    .into_iter()
                    .filter(|rule| !stated.contains(rule))
                    .map(|rule| format!("{}:{}: rule {rule}", source.path, index + 1)),
            );
        }
    }
    none("rules that PROTOCOL.md does not state (as “Rule N”)", unknown);
}

#[test]
fn every_test_that_the_protocol_document_names_exists() {
    let Ok(document) = fs::read_to_string(root().join("PROTOCOL.md")) else { return };
    let tests: String = sources().into_iter().filter(|source| source.is(&["rs"]) && source.is_test()).map(|source| source.text).collect();
    let mut gone = Vec::new();
    for name in document.lines().filter(|line| line.starts_with("| ")).flat_map(|line| line.split('`').skip(1).step_by(2)) {
        let exists = match (name.strip_prefix("e2e/"), name.rsplit_once("::")) {
            (Some(file), _) => root().join(format!("web/e2e/{file}.spec.ts")).exists(),
            (_, Some((_, "…"))) => true,
            (_, Some((path, test))) if path.starts_with("oracles") || path.starts_with("it::") => tests.contains(&format!("fn {test}(")),
            _ => true,
        };
        if !exists {
            gone.push(name.to_owned());
        }
    }
    none("tests that PROTOCOL.md names and that are not there", gone);
}

/// The numbers in “rule 5”, “Rule 5” and `rule_5`.
fn rules_named(line: &str) -> Vec<u32> {
    let after = ["rule ", "Rule ", "rule_"].iter().flat_map(|word| line.match_indices(word).map(|(at, _)| &line[at + word.len()..]));
    after.filter_map(|rest| rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()).collect()
}

#[test]
fn the_two_halves_of_wasm_bindgen_are_of_one_version() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let version = |name: &str| {
        let start = lock.find(&format!("name = \"{name}\"\nversion = ")).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        lock[start..].lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(
        version("wasm-bindgen"),
        version("wasm-bindgen-cli-support"),
        "the glue must be made by the version that the engine was built with"
    );
}

#[test]
fn what_we_depend_on_may_be_shipped() {
    let allowed = allowed_licences();
    let all = metadata(&["--all-features"]);
    let mut wrong = Vec::new();
    for package in all["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("none named");
        if !may_ship(licence, &allowed) {
            wrong.push(format!("{} {}: licence {licence}", package["name"], package["version"]));
        }
        if let Some(source) = package["source"].as_str()
            && source != "registry+https://github.com/rust-lang/crates.io-index"
        {
            wrong.push(format!("{} {}: from {source}", package["name"], package["version"]));
        }
    }
    none("dependencies that deny.toml does not let in", wrong);
}

/// The list in deny.toml, so that cargo-deny and this test cannot differ.
fn allowed_licences() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let list = text.split_once("\nallow = [").and_then(|(_, rest)| rest.split_once(']')).expect("deny.toml has a list of licences").0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Reads an SPDX expression: may we take it under the licences that we allow?
fn may_ship(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    either(&words, &mut at, allowed) && at == words.len()
}

fn either(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut holds = both(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        holds |= both(words, at, allowed);
    }
    holds
}

fn both(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut holds = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        holds &= one(words, at, allowed);
    }
    holds
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let holds = either(words, at, allowed);
        *at += 1;
        return holds;
    }
    let mut name = word.trim_end_matches('+').to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned(), "MPL-2.0".to_owned()]);
    for fine in
        ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "MPL-2.0+", "Apache-2.0 WITH LLVM-exception OR GPL-3.0", "(MIT OR GPL-3.0) AND MPL-2.0"]
    {
        assert!(may_ship(fine, &allowed), "{fine}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "none named", "(MIT OR GPL-3.0) AND GPL-3.0"] {
        assert!(!may_ship(bad, &allowed), "{bad}");
    }
}
