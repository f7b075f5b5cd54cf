//! A folder of prints, in which nothing is ever overwritten. `folder_web.rs` has the same function.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::print::{Print, PrintError, file_stem, png};

/// Writes `latentarium-<seed>-<prompt>.png`, with `-2`, `-3`, … where there is such a picture already, and says where.
/// A picture is there whole or not at all.
///
/// # Errors
/// What [`png()`] refuses, and a folder that cannot be written to.
pub fn keep(folder: &Path, print: &Print) -> Result<PathBuf, PrintError> {
    let bytes = png(print)?;
    fs::create_dir_all(folder).map_err(|why| failed(folder, why))?;
    let path = reserve(folder, &file_stem(print))?;
    let part = path.with_extension("png.part");
    let written = write(&part, &bytes).and_then(|()| fs::rename(&part, &path));
    written.map_err(|why| {
        // What is left would pass for a picture that was kept; if it cannot be removed either, the first reason is the better one.
        fs::remove_file(&part).ok();
        fs::remove_file(&path).ok();
        failed(&path, why)
    })?;
    Ok(path)
}

/// The first free name, taken by an empty file: renaming replaces that file and no other.
fn reserve(folder: &Path, name: &str) -> Result<PathBuf, PrintError> {
    let mut copy = 1;
    loop {
        let path = folder.join(match copy {
            1 => format!("{name}.png"),
            copy => format!("{name}-{copy}.png"),
        });
        match File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(why) if why.kind() == ErrorKind::AlreadyExists => copy += 1,
            Err(why) => return Err(failed(&path, why)),
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn failed(path: &Path, why: io::Error) -> PrintError {
    PrintError::Write { path: path.to_path_buf(), why: why.to_string() }
}
