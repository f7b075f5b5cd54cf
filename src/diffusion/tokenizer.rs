//! The tokenizer: a prompt becomes the numbered pieces that the text encoder knows (transformers: `CLIPTokenizer`).

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::loader::{Folder, LoadError};
use crate::request::RequestError;

const START: &str = "<|startoftext|>";
const END: &str = "<|endoftext|>";
/// More words than this are a mistake, not a prompt: a context holds a few dozen.
const MOST_WORDS: usize = 1000;

/// CLIP's byte-pair encoding with its padding. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    inner: Arc<tokenizers::Tokenizer>,
    start: u32,
    end: u32,
    pad: u32,
    slots: usize,
}

/// A prompt as the text encoder gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Start, words, end, padding: as many as the context has slots.
    pub slots: Vec<Token>,
    /// Words that found no slot.
    pub truncated: Vec<String>,
}

/// One piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: u32,
    /// As in the vocabulary: `</w>` ends a word.
    pub piece: String,
    /// Which word of the prompt it belongs to; `None` for start, end and padding.
    pub word: Option<usize>,
}

impl Tokens {
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.slots.iter().map(|token| token.id)
    }
}

impl Tokenizer {
    /// Reads `tokenizer/tokenizer.json`, or `vocab.json` and `merges.txt` in the same folder.
    /// `slots` is the text encoder's context (max_position_embeddings).
    pub fn load(folder: &Folder, slots: usize) -> Result<Self, LoadError> {
        const CURE: &str = "a diffusers folder has vocab.json and merges.txt, or tokenizer.json, in tokenizer/";
        let (file, definition) = if folder.has("tokenizer/tokenizer.json") {
            ("tokenizer/tokenizer.json", folder.read("tokenizer/tokenizer.json", CURE)?)
        } else {
            let vocab: HashMap<String, u32> = folder.read_json("tokenizer/vocab.json", CURE)?;
            let merges = folder.read_text("tokenizer/merges.txt", CURE)?;
            ("tokenizer/vocab.json", definition(&vocab, &merges).to_string().into_bytes())
        };
        let error = |file: &str, why: String| LoadError::Tokenizer { file: folder.path_of(file), why };
        let mut inner = tokenizers::Tokenizer::from_bytes(definition)
            .map_err(|why| error(file, format!("is not a tokenizer of CLIP's kind ({why})")))?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|why| error(file, why.to_string()))?;

        let pad_token = pad_token(folder)?;
        let id = |token: &str| inner.token_to_id(token).ok_or_else(|| error(file, format!("lacks the token {token}")));
        let (start, end, pad) = (id(START)?, id(END)?, id(&pad_token)?);
        // A padding token is never split or joined to a word, not even where the prompt itself has it: SD 2.x's is `!`.
        if pad != end {
            let token = tokenizers::AddedToken::from(pad_token, true);
            inner.add_special_tokens([token]).map_err(|why| error(file, why.to_string()))?;
        }
        let config: Value = optional_json(folder, "tokenizer/tokenizer_config.json")?;
        let declared = config["model_max_length"].as_u64().map_or(slots, |length| length.min(slots as u64) as usize);
        if declared < 3 {
            return Err(error(
                "tokenizer/tokenizer_config.json",
                "model_max_length leaves no room for a word between start and end".into(),
            ));
        }
        Ok(Self { inner: Arc::new(inner), start, end, pad, slots: declared })
    }

    /// How many tokens every prompt becomes.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The largest id that a prompt can give.
    pub fn largest_id(&self) -> u32 {
        self.inner.get_vocab(true).into_values().max().unwrap_or(0)
    }

    /// Start, the prompt's pieces as far as they fit, end, padding.
    ///
    /// # Errors
    /// If the prompt has more than a thousand words.
    pub fn encode(&self, prompt: &str) -> Result<Tokens, RequestError> {
        let words = prompt.split_whitespace().count();
        if words > MOST_WORDS {
            return Err(RequestError::PromptTooLong { words, most: MOST_WORDS, slots: self.slots - 2 });
        }
        let encoding = self.inner.encode(prompt, false).map_err(|why| RequestError::Tokens { why: why.to_string() })?;
        let room = self.slots - 2;
        let special = |id| Token { id, piece: self.inner.id_to_token(id).unwrap_or_default(), word: None };
        let mut slots = vec![special(self.start)];
        let mut truncated: Vec<String> = Vec::new();
        let (mut last_truncated, mut told) = (None, 0);
        let pieces =
            encoding.get_ids().iter().zip(encoding.get_tokens()).zip(encoding.get_word_ids()).zip(encoding.get_offsets());
        for (index, (((&id, piece), &word), &(from, to))) in pieces.enumerate() {
            let word = word.map(|word| word as usize);
            if index < room {
                slots.push(Token { id, piece: piece.clone(), word });
                continue;
            }
            // As it was written: a piece itself is spelt in bytes, and two can share a letter.
            let written = prompt.get(from.max(told)..to).unwrap_or_default();
            told = to;
            match truncated.last_mut() {
                Some(begun) if last_truncated == word => begun.push_str(written),
                _ => truncated.push(written.to_string()),
            }
            last_truncated = word;
        }
        slots.push(special(self.end));
        slots.resize_with(self.slots, || special(self.pad));
        Ok(Tokens { slots, truncated })
    }
}

/// A `tokenizer.json` for a vocabulary and merges in CLIP's format, as transformers would write it.
fn definition(vocab: &HashMap<String, u32>, merges: &str) -> Value {
    let merges: Vec<&str> = merges.lines().filter(|line| !line.starts_with("#version") && !line.trim().is_empty()).collect();
    let special = |token: &str| {
        json!({ "id": vocab.get(token), "content": token, "special": true, "normalized": false,
                "lstrip": false, "rstrip": false, "single_word": false })
    };
    let specials: Vec<Value> = [START, END].into_iter().filter(|token| vocab.contains_key(*token)).map(special).collect();
    json!({
        "version": "1.0",
        "added_tokens": specials,
        "normalizer": { "type": "Sequence", "normalizers": [
            { "type": "NFC" },
            { "type": "Replace", "pattern": { "Regex": r"\s+" }, "content": " " },
            { "type": "Lowercase" },
        ] },
        "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
            { "type": "Split", "behavior": "Removed", "invert": true,
              "pattern": { "Regex": r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+" } },
            { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
        ] },
        "model": { "type": "BPE", "unk_token": END, "end_of_word_suffix": "</w>", "continuing_subword_prefix": "",
                   "fuse_unk": false, "vocab": vocab, "merges": merges },
    })
}

/// The padding token. Where the files disagree, special_tokens_map.json wins, as in transformers: SD 2.x pads with `!`.
fn pad_token(folder: &Folder) -> Result<String, LoadError> {
    for file in ["tokenizer/special_tokens_map.json", "tokenizer/tokenizer_config.json"] {
        let json = optional_json(folder, file)?;
        let pad = &json["pad_token"];
        if let Some(token) = pad.as_str().or_else(|| pad["content"].as_str()) {
            return Ok(token.to_string());
        }
    }
    Ok(END.to_string())
}

fn optional_json(folder: &Folder, file: &str) -> Result<Value, LoadError> {
    if folder.has(file) { folder.read_json(file, "it was there a moment ago") } else { Ok(Value::Null) }
}
