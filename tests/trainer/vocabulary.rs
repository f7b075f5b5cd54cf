//! The vocabulary has CLIP's form, and the tokenizer reads it.

use std::collections::HashMap;

use trainer::tokens::{END, START, entries, learn, learn_merges, load};

use crate::tiny;

#[test]
fn merges_take_the_most_frequent_pair_first() {
    let sentences = ["boat boat boat", "goat cat"].map(String::from);
    let merges = learn_merges(sentences.into_iter(), 516);
    let pair = |left: &str, right: &str| (left.to_string(), right.to_string());
    // "a t</w>" stands five times, then "o at</w>" four times.
    assert_eq!(merges, [pair("a", "t</w>"), pair("o", "at</w>")]);
}

#[test]
fn merging_stops_when_every_word_is_one_token() {
    let merges = learn_merges(["red red sea".to_string()].into_iter(), 5000);
    assert_eq!(merges.len(), 4);
}

#[test]
fn ids_stand_in_clips_order() {
    let files = learn(&tiny());
    let vocab: HashMap<String, usize> = serde_json::from_slice(&files["tokenizer/vocab.json"]).unwrap();
    assert_eq!(vocab["!"], 0);
    assert_eq!(vocab["!</w>"], 256);
    assert_eq!(vocab[START], vocab.len() - 2);
    assert_eq!(vocab[END], vocab.len() - 1);
    assert_eq!(entries(&files).unwrap(), vocab.len());
    assert!(vocab.len() <= 600);
}

#[test]
fn a_prompt_fills_its_slots_between_the_marks() {
    let files = learn(&tiny());
    let tokenizer = load(&files, 24).unwrap();
    let count = entries(&files).unwrap() as u32;
    let ids: Vec<u32> = tokenizer.encode("A red boat.").unwrap().ids().collect();
    assert_eq!(ids.len(), 24);
    assert_eq!(ids[0], count - 2);
    assert_eq!(ids[23], count - 1);
    let words = ids[1..].iter().take_while(|&&id| id != count - 1).count();
    assert!((4..10).contains(&words), "{words} tokens for four pieces of text");
}
