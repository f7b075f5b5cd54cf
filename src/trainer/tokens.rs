//! The vocabulary: byte-pair merges learnt from the painter's sentences, in the files of CLIP's tokenizer.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use diffusion::Folder;
use diffusion::tokenizer::Tokenizer;
use rand::RngCore;
use serde_json::{Value, json};

use crate::config::Config;
use crate::data::{Stream, chance, scene};

/// Marks where a prompt begins.
pub const START: &str = "<|startoftext|>";
/// Marks where a prompt ends, and fills the slots after it.
pub const END: &str = "<|endoftext|>";
const END_OF_WORD: &str = "</w>";

/// The tokenizer's files by their path in a diffusers folder.
pub fn learn(config: &Config) -> HashMap<String, Vec<u8>> {
    let sentences = (0..config.tokenizer.sentences as u64).map(|index| {
        // Variant 0 is the full sentence; every second one is.
        let variant = if index % 2 == 0 { 0 } else { chance(config.seed, Stream::DenoiserBatch, index).next_u64() };
        painter::sentence(&scene(config.seed, index), variant)
    });
    let merges = learn_merges(sentences, config.tokenizer.entries);
    files(&merges, config.tokenizer.slots)
}

/// A tokenizer from such files.
pub fn load(files: &HashMap<String, Vec<u8>>, slots: usize) -> Result<Tokenizer> {
    let folder = Folder::in_memory("tokenizer", files.clone());
    Tokenizer::load(&folder, slots).context("the tokenizer's files do not fit together: delete them to learn them anew")
}

/// The number of entries in the vocabulary.
pub fn entries(files: &HashMap<String, Vec<u8>>) -> Result<usize> {
    Ok(vocabulary(files.get("tokenizer/vocab.json").context("tokenizer/vocab.json is missing")?)?.len())
}

/// The ids by entry that a `vocab.json` holds.
pub fn vocabulary(file: &[u8]) -> Result<HashMap<String, u32>> {
    serde_json::from_slice(file).context("tokenizer/vocab.json is no vocabulary")
}

/// Merges the pair of neighbours that stands most often in the sentences, again and again, until the vocabulary has `entries`
/// entries or every word is a single one.
pub fn learn_merges(sentences: impl Iterator<Item = String>, entries: usize) -> Vec<(String, String)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sentence in sentences {
        for word in words(&sentence) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut words: Vec<(Vec<String>, usize)> = counts.into_iter().map(|(word, count)| (letters(&word), count)).collect();
    let mut merges = Vec::new();
    while BYTE_ENTRIES + MARKS + merges.len() < entries {
        let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (pieces, count) in &words {
            for pair in pieces.windows(2) {
                *pairs.entry((&pair[0], &pair[1])).or_default() += count;
            }
        }
        // Of pairs that stand equally often the first in the alphabet is taken.
        let best = pairs.into_iter().max_by(|(a, many), (b, more)| many.cmp(more).then(b.cmp(a)));
        let Some(((left, right), _)) = best else { break };
        let merge = (left.to_string(), right.to_string());
        words.iter_mut().for_each(|(pieces, _)| join(pieces, &merge));
        merges.push(merge);
    }
    merges
}

/// Every byte, inside and at the end of a word.
const BYTE_ENTRIES: usize = 512;
const MARKS: usize = 2;

/// Words as CLIP's tokenizer finds them: runs of letters, single digits, runs of anything else; in lower case.
fn words(sentence: &str) -> Vec<String> {
    let kind = |letter: char| if letter.is_alphabetic() { 0 } else { 1 };
    let mut words: Vec<String> = Vec::new();
    for part in sentence.to_lowercase().split_whitespace() {
        let mut last = None;
        for letter in part.chars() {
            match words.last_mut() {
                Some(word) if last == Some(kind(letter)) && !letter.is_numeric() => word.push(letter),
                _ => words.push(letter.to_string()),
            }
            last = (!letter.is_numeric()).then(|| kind(letter));
        }
    }
    words
}

/// The bytes of a word as letters, the last with CLIP's mark for the end of a word.
fn letters(word: &str) -> Vec<String> {
    let mut letters: Vec<String> = word.bytes().map(|byte| byte_letter(byte).to_string()).collect();
    if let Some(last) = letters.last_mut() {
        last.push_str(END_OF_WORD);
    }
    letters
}

/// Joins every neighbouring pair of this kind.
fn join(pieces: &mut Vec<String>, (left, right): &(String, String)) {
    let mut index = 0;
    while index + 1 < pieces.len() {
        if pieces[index] == *left && pieces[index + 1] == *right {
            let second = pieces.remove(index + 1);
            pieces[index].push_str(&second);
        }
        index += 1;
    }
}

/// GPT-2's `bytes_to_unicode`: printable bytes are themselves, the others follow from U+0100 on.
fn byte_letter(byte: u8) -> char {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if printable(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&other| !printable(other)).count();
    char::from_u32(256 + before as u32).expect("256 to 323 are letters of Latin Extended-A")
}

/// CLIP's order: the printable bytes, the others, the same at the end of a word, the merges, the two marks.
fn files(merges: &[(String, String)], slots: usize) -> HashMap<String, Vec<u8>> {
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.sort_by_key(|&byte| (byte_letter(byte) as u32 >= 256, byte));
    let letters: Vec<String> = bytes.into_iter().map(|byte| byte_letter(byte).to_string()).collect();
    let ends = letters.iter().map(|letter| format!("{letter}{END_OF_WORD}"));
    let merged = merges.iter().map(|(left, right)| format!("{left}{right}"));
    let entries = letters.iter().cloned().chain(ends).chain(merged).chain([START.to_string(), END.to_string()]);
    // A map sorts its keys; the reader wants the ids, which are the same either way.
    let vocab: BTreeMap<String, usize> = entries.enumerate().map(|(id, entry)| (entry, id)).collect();
    let lines: String = merges.iter().map(|(left, right)| format!("{left} {right}\n")).collect();
    let marks = json!({ "bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END });
    let mut settings = marks.clone();
    settings["tokenizer_class"] = Value::from("CLIPTokenizer");
    settings["model_max_length"] = Value::from(slots);
    settings["do_lower_case"] = Value::from(true);
    settings["add_prefix_space"] = Value::from(false);
    settings["errors"] = Value::from("replace");
    let file = |name: &str, content: Vec<u8>| (format!("tokenizer/{name}"), content);
    HashMap::from([
        file("vocab.json", json!(vocab).to_string().into_bytes()),
        file("merges.txt", format!("#version: 0.2\n{lines}").into_bytes()),
        file("tokenizer_config.json", pretty(&settings)),
        file("special_tokens_map.json", pretty(&marks)),
    ])
}

/// JSON for people to read.
pub fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
