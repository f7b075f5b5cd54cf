//! A folder of prints, in which nothing is ever overwritten.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::print::{Print, PrintError, SEED, TITLE, png};

/// Longer prompts are cut: a file name has at most 255 bytes, and a letter up to 4.
const MOST_LETTERS: usize = 48;

/// Writes `latentarium-<seed>-<prompt>.png`, with `-2`, `-3`, … where there is such a picture already, and says where.
/// A picture is there whole or not at all.
///
/// # Errors
/// What [`png()`] refuses, and a folder that cannot be written to.
pub fn keep(folder: &Path, print: &Print) -> Result<PathBuf, PrintError> {
    let bytes = png(print)?;
    fs::create_dir_all(folder).map_err(|why| failed(folder, why))?;
    let path = reserve(folder, &name(print))?;
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

/// The seed and the first words of the prompt, as the print's own words have them.
fn name(print: &Print) -> String {
    let word = |keyword: &str| print.words.iter().find(|(known, _)| known == keyword).map(|(_, text)| slug(text));
    let parts = [Some("latentarium".to_string()), word(SEED), word(TITLE)];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// `a-boat-at-dusk`: letters and digits of any script.
fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_lowercase();
    slug.chars().take(MOST_LETTERS).collect::<String>().trim_end_matches('-').to_string()
}

fn failed(path: &Path, why: io::Error) -> PrintError {
    PrintError::Write { path: path.to_path_buf(), why: why.to_string() }
}
