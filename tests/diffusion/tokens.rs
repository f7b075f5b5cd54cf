//! The tokenizer against transformers, and prompts that do not fit.

use std::collections::HashMap;

use diffusion::tokenizer::Tokenizer;
use diffusion::{Folder, RequestError};

use crate::golden_run::golden;

fn tokenizer(folder: &str) -> Tokenizer {
    Tokenizer::load(&Folder::open(golden(folder)).unwrap(), 77).unwrap()
}

#[test]
fn token_ids_equal_those_of_transformers() {
    let text = std::fs::read_to_string(golden("tokens.json")).unwrap();
    let folders: HashMap<String, Vec<(String, Vec<u32>, Vec<u32>)>> = serde_json::from_str(&text).unwrap();
    assert!(folders.len() >= 2);
    for (folder, prompts) in folders {
        let tokenizer = tokenizer(&folder);
        for (prompt, padded, _) in prompts {
            let ids: Vec<u32> = tokenizer.encode(&prompt).unwrap().ids().collect();
            assert_eq!(ids, padded, "{folder}: {prompt:?}");
        }
    }
}

#[test]
fn words_without_a_slot_are_told_whole() {
    let tokens = tokenizer("tiny-sd1").encode(&"red lighthouse ".repeat(12)).unwrap();
    assert_eq!(tokens.slots.len(), 16);
    assert_eq!(tokens.truncated.len(), 24 - 14);
    assert!(tokens.truncated.iter().all(|word| word == "red" || word == "lighthouse"), "{:?}", tokens.truncated);
}

#[test]
fn words_without_a_slot_are_told_as_they_were_written() {
    let tokens = tokenizer("tiny-sd1").encode(&"café ".repeat(12)).unwrap();
    assert_eq!(tokens.truncated.last().unwrap(), "café");
}

#[test]
fn pieces_know_their_word() {
    let tokens = tokenizer("tiny-sd1").encode("a lighthouse").unwrap();
    let words: Vec<_> = tokens.slots.iter().take(4).map(|token| token.word).collect();
    assert_eq!(words, [None, Some(0), Some(1), None]);
    assert_eq!(tokens.slots[2].piece, "lighthouse</w>");
}

#[test]
fn a_prompt_of_ten_thousand_words_is_refused_with_the_limit() {
    let error = tokenizer("tiny-sd1").encode(&"boat ".repeat(10_000)).unwrap_err();
    assert_eq!(error, RequestError::PromptTooLong { words: 10_000, most: 1000, slots: 14 });
    assert!(error.to_string().contains("shorten it"));
}
