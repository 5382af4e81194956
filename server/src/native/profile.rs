//! What this machine remembers: one folder per profile, in it one folder for each workspace and person.

use super::wire::Address;
use crate::host;
use anyhow::{Context as _, anyhow};
use landfall_engine::client::ADDRESSES_MAX;
use landfall_engine::{ActorId, DeviceId, LogId};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const DEVICE_FILE: &str = "device";
const PLACE_FILE: &str = "place.json";

/// A workspace as one person reaches it from this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The server.
    pub server: Address,
    /// Other addresses of the same installation, for when that one does not answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Address>,
    /// Send each command by HTTP as well as by the socket.
    #[serde(default)]
    pub two_routes: bool,
    /// The workspace's log.
    pub log: LogId,
    /// The workspace's name when it was last heard.
    pub workspace: String,
    /// The person.
    pub actor: ActorId,
    /// Their name when it was last heard.
    pub name: String,
    /// What signs them in; `None` when they bring it with every command.
    pub token: Option<String>,
}

impl Place {
    /// Every address, the first first.
    pub fn servers(&self) -> impl Iterator<Item = &Address> {
        std::iter::once(&self.server).chain(&self.others).take(ADDRESSES_MAX)
    }

    /// So many addresses.
    pub fn servers_len(&self) -> usize {
        self.servers().count()
    }

    /// The address in this place of the list, which begins anew at its end.
    pub fn server(&self, index: usize) -> &Address {
        self.servers().nth(index % self.servers_len()).unwrap_or(&self.server)
    }

    /// Takes up addresses that the server told: none that is known, and none that is less safe than the one that tells.
    pub fn learn(&mut self, told: &[String]) {
        let told = told.iter().filter_map(|address| address.parse::<Address>().ok());
        for address in told.filter(|address| address.is_secure() || !self.server.is_secure()) {
            if self.servers().all(|known| *known != address) {
                self.others.push(address);
            }
        }
        self.others.truncate(ADDRESSES_MAX - 1);
    }
}

/// A folder of places, and the device that they have in common.
#[derive(Clone, Debug)]
pub struct Profile {
    folder: PathBuf,
    /// Named in every record that a command from here leaves.
    pub device: DeviceId,
}

impl Profile {
    /// Opens a profile, and makes it where there is none. Without a folder it is where such things are kept on this system.
    pub fn open(folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let folder = match folder {
            Some(folder) => folder,
            None => {
                usual_folder().ok_or_else(|| anyhow!("This system names no home folder. Say where to remember things: --profile DIR."))?
            }
        };
        let opened = make_folder(&folder).and_then(|()| device(&folder));
        let device = opened.with_context(|| format!("The profile folder {} cannot be used", folder.display()))?;
        Ok(Self { folder, device })
    }

    /// Where everything about one workspace is kept, for one person: what waits in an outbox belongs to whom issued it.
    pub fn folder_of(&self, log: LogId, actor: ActorId) -> PathBuf {
        self.folder.join(format!("{log}.{actor}"))
    }

    /// Every workspace that is remembered here, by name.
    pub fn places(&self) -> anyhow::Result<Vec<Place>> {
        let mut places = Vec::new();
        for entry in fs::read_dir(&self.folder).with_context(|| format!("{} cannot be read", self.folder.display()))? {
            let file = entry?.path().join(PLACE_FILE);
            match fs::read(&file) {
                Ok(text) => {
                    let damaged = || format!("{} is damaged: join again, or give --server and --token", file.display());
                    places.push(serde_json::from_slice(&text).with_context(damaged)?);
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
            }
        }
        places.sort_by(|one: &Place, other| (&one.workspace, one.log, one.actor).cmp(&(&other.workspace, other.log, other.actor)));
        Ok(places)
    }

    /// Remembers a place. A token that is known already stays when this brings none.
    pub fn remember(&self, place: &Place) -> anyhow::Result<()> {
        let folder = self.folder_of(place.log, place.actor);
        let known = self.places()?.into_iter().find(|known| (known.log, known.actor) == (place.log, place.actor));
        let token = place.token.clone().or_else(|| known?.token);
        let text = serde_json::to_vec_pretty(&Place { token, ..place.clone() })?;
        make_folder(&folder)
            .and_then(|()| write_whole(&folder.join(PLACE_FILE), &text))
            .with_context(|| format!("{} cannot be written", folder.display()))
    }
}

fn usual_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = if cfg!(windows) {
        variable("APPDATA")
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")))
    };
    config.map(|config| config.join("landfall"))
}

fn device(folder: &Path) -> io::Result<DeviceId> {
    let file = folder.join(DEVICE_FILE);
    match fs::read_to_string(&file) {
        Ok(text) => text.trim().parse().map_err(|_| io::Error::other(format!("{} is no id of a device", file.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let device = DeviceId::mint(host::now(), host::random());
            write_whole(&file, format!("{device}\n").as_bytes())?;
            Ok(device)
        }
        Err(error) => Err(error),
    }
}

/// Makes a folder that only its owner may open.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options of a file that only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file so that a power cut leaves the old or the new one, never a part.
pub(super) fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut written = private().truncate(true).open(&new)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    fs::rename(&new, file)?;
    sync_folder_of(file)
}

/// Puts on disk that a file has its name.
pub(super) fn sync_folder_of(file: &Path) -> io::Result<()> {
    // Windows opens no folders as files, and keeps names in its own journal.
    match file.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, actor: u8) -> Place {
        Place {
            server: "http://board.local:8080".parse().unwrap(),
            others: Vec::new(),
            two_routes: false,
            log: LogId([1; 16]),
            workspace: "Dry dock".into(),
            actor: ActorId([actor; 16]),
            name: name.into(),
            token: Some("secret".into()),
        }
    }

    #[test]
    fn a_place_is_remembered_for_its_owner_only() {
        let folder = super::super::testing::Folder::new("profile");
        let profile = Profile::open(Some(folder.path().join("deep/profile"))).unwrap();
        assert_eq!(profile.places().unwrap(), []);
        profile.remember(&place("Edda", 7)).unwrap();
        let again = Profile::open(Some(folder.path().join("deep/profile"))).unwrap();
        assert_eq!(again.places().unwrap(), [place("Edda", 7)]);
        profile.remember(&place("Bo", 8)).unwrap();
        assert_eq!(again.places().unwrap(), [place("Edda", 7), place("Bo", 8)]);
        profile.remember(&Place { token: None, ..place("Edda Lind", 7) }).unwrap();
        assert_eq!(again.places().unwrap()[0], place("Edda Lind", 7));
        assert_eq!(again.device, profile.device);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&profile.folder_of(LogId([1; 16]), ActorId([7; 16]))), 0o700);
            assert_eq!(mode(&profile.folder_of(LogId([1; 16]), ActorId([7; 16])).join(PLACE_FILE)), 0o600);
        }
    }

    #[test]
    fn addresses_that_a_server_tells_are_taken_up_once_and_never_in_the_clear_after_https() {
        let mut place = Place { server: "https://one.example.org".parse().unwrap(), ..place("Edda", 7) };
        let told = ["https://one.example.org", "https://two.example.org", "http://three.example.org", "nonsense"].map(str::to_owned);
        place.learn(&told);
        place.learn(&told);
        let known: Vec<String> = place.servers().map(ToString::to_string).collect();
        assert_eq!(known, ["https://one.example.org", "https://two.example.org"]);
        assert_eq!((place.server(1).to_string(), place.server(2).to_string()), (known[1].clone(), known[0].clone()));
        let text = serde_json::to_string(&place).unwrap();
        assert_eq!(serde_json::from_str::<Place>(&text).unwrap(), place);
    }

    #[test]
    fn a_damaged_place_is_an_error_with_its_name() {
        let folder = super::super::testing::Folder::new("damaged");
        let profile = Profile::open(Some(folder.path().to_owned())).unwrap();
        profile.remember(&place("Edda", 7)).unwrap();
        fs::write(profile.folder_of(LogId([1; 16]), ActorId([7; 16])).join(PLACE_FILE), "{").unwrap();
        let why = profile.places().unwrap_err().to_string();
        assert!(why.contains(PLACE_FILE) && why.contains("join again"), "{why}");
    }
}
