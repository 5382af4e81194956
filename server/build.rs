//! Makes the folder of the page where it was not built yet, so that the server compiles without it and says so when asked for a page.

use std::path::Path;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=migrations");
    let page = Path::new("../web/dist");
    if !page.is_dir() {
        std::fs::create_dir_all(page)?;
    }
    println!("cargo::rerun-if-changed=../web/dist");
    Ok(())
}
