//! A link: a visit as text, so that somebody else can open the same run at the same stop.

use std::fmt::Display;
use std::str::FromStr;

use bridge::{Branch, Generation, SchedulerKind, Site, SiteScale, WordWeight};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::state::Lanes;
use crate::stop::Stop;
use crate::tour::Guide;

type Field = fn(&mut Generation) -> &mut dyn Setting;

/// The keys of a generation, in the order in which a link has them, and what each is written from and read into.
const KEYS: &[(&str, Field)] = &[
    ("prompt", |generation| &mut generation.prompt),
    ("negative", |generation| &mut generation.negative_prompt),
    ("seed", |generation| &mut generation.seed),
    ("steps", |generation| &mut generation.num_inference_steps),
    ("guidance", |generation| &mut generation.guidance_scale),
    ("scheduler", |generation| &mut generation.scheduler),
    ("eta", |generation| &mut generation.eta),
    ("rescale", |generation| &mut generation.guidance_rescale),
    ("width", |generation| &mut generation.width),
    ("height", |generation| &mut generation.height),
    ("off", |generation| &mut generation.intervention.switched_off),
    ("scales", |generation| &mut generation.intervention.scaled),
    ("weights", |generation| &mut generation.intervention.word_weights),
    ("branch", |generation| &mut generation.branch),
];
/// Always written, since a seed is always set.
const SEED: &str = "seed";
/// The key of the visit's own stop.
const STOP: &str = "stop";
/// Before a key of the run beside.
const BESIDE: &str = "b.";
/// RFC 3986, 2.3: what is unreserved stays as it is.
const CODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a link carries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visit {
    pub generation: Generation,
    /// The run beside it.
    pub beside: Option<Generation>,
    pub stop: Option<Stop>,
}

/// What is on show now; `None` before the first run has begun.
pub fn visit(lanes: &Lanes, guide: &Guide) -> Option<Visit> {
    let started = lanes.a().started.as_ref()?;
    let beside = lanes.pair().map(|pair| pair.b.started.as_ref().map_or(&pair.generation, |started| &started.generation).clone());
    Some(Visit { generation: started.generation.clone(), beside, stop: guide.at })
}

/// `base#prompt=…&seed=…`: what is set, and of the run beside what differs, as `b.prompt=…`.
pub fn to_link(visit: &Visit, base: &str) -> String {
    let own = written(&visit.generation);
    let set = own.iter().filter(|(_, value)| !value.is_empty());
    let mut pairs: Vec<String> = set.map(|(key, value)| pair("", key, value)).collect();
    if visit.stop.is_some() {
        pairs.push(pair("", STOP, &visit.stop.write()));
    }
    if let Some(beside) = &visit.beside {
        let beside = written(beside);
        // A run beside that differs in nothing is there all the same: its seed says so.
        let same = beside == own;
        let differing = beside.iter().zip(&own).filter(|(beside, own)| beside != own || (same && beside.0 == SEED));
        pairs.extend(differing.map(|((key, value), _)| pair(BESIDE, key, value)));
    }
    format!("{base}#{}", pairs.join("&"))
}

/// The visit in a whole link, or in only the part behind `#`.
///
/// # Errors
/// A key that the hall does not know, or a value that the key cannot have. Whether a model can make such a picture is asked when
/// it is made.
pub fn from_link(link: &str) -> Result<Visit, LinkError> {
    let link = link.trim();
    let fragment = link.rsplit_once('#').map_or(link, |(_, fragment)| fragment);
    let mut visit = Visit::default();
    let mut beside = Vec::new();
    for pair in fragment.split('&').filter(|pair| !pair.is_empty()) {
        let (key, coded) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decode_str(coded).decode_utf8().map_err(|_| refused(key, coded, "percent-encoded UTF-8".into()))?;
        if key.starts_with(BESIDE) {
            beside.push((key, value));
        } else if key == STOP {
            read(&mut visit.stop, key, &value)?;
        } else {
            set(&mut visit.generation, key, &value)?;
        }
    }
    // The run beside is what the other is, wherever its keys stand in the link, but for those keys.
    if !beside.is_empty() {
        let mut generation = visit.generation.clone();
        for (key, value) in &beside {
            set(&mut generation, key, value)?;
        }
        visit.beside = Some(generation);
    }
    Ok(visit)
}

/// A link that cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LinkError {
    #[error("the link has “{key}” with the value “{value}”, a key that the hall does not know: allowed are {allowed}")]
    UnknownKey { key: String, value: String, allowed: String },
    #[error("the link has “{value}” for {key}: allowed is {allowed}")]
    Value { key: String, value: String, allowed: String },
}

/// Every key with its value; no text where a setting is left to the model.
fn written(generation: &Generation) -> Vec<(&'static str, String)> {
    // A field is reached mutably, so that one table serves writing and reading.
    let mut generation = generation.clone();
    KEYS.iter().map(|(key, field)| (*key, field(&mut generation).write())).collect()
}

fn pair(prefix: &str, key: &str, value: &str) -> String {
    format!("{prefix}{key}={}", utf8_percent_encode(value, CODED))
}

fn set(generation: &mut Generation, key: &str, value: &str) -> Result<(), LinkError> {
    let name = key.strip_prefix(BESIDE).unwrap_or(key);
    match KEYS.iter().find(|(known, _)| *known == name) {
        Some((_, field)) => read(field(generation), key, value),
        None => {
            let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
            let allowed = format!("{}, {STOP}, and all but {STOP} with {BESIDE} before it", known.join(", "));
            Err(LinkError::UnknownKey { key: key.into(), value: value.into(), allowed })
        }
    }
}

fn read(setting: &mut dyn Setting, key: &str, value: &str) -> Result<(), LinkError> {
    setting.read(value).ok_or_else(|| refused(key, value, setting.allowed()))
}

fn refused(key: &str, value: &str, allowed: String) -> LinkError {
    LinkError::Value { key: key.into(), value: value.into(), allowed }
}

/// What stands behind a key, as text; no text is what is left to the model.
trait Setting {
    fn write(&self) -> String;
    /// `None`, and nothing is changed, when the text is no value of this setting.
    fn read(&mut self, text: &str) -> Option<()>;
    /// What may be written, in words.
    fn allowed(&self) -> String;
}

impl Setting for String {
    fn write(&self) -> String {
        self.clone()
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = text.to_string();
        Some(())
    }

    fn allowed(&self) -> String {
        "any text".into()
    }
}

impl Setting for u64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = text.parse().ok()?;
        Some(())
    }

    fn allowed(&self) -> String {
        format!("a whole number from 0 to {}", u64::MAX)
    }
}

/// `unet.mid,unet.up.1.skip.0`
impl Setting for Vec<Site> {
    fn write(&self) -> String {
        self.iter().map(Site::to_string).collect::<Vec<_>>().join(",")
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = text.split(',').filter(|site| !site.is_empty()).map(|site| site.parse().ok()).collect::<Option<_>>()?;
        Some(())
    }

    fn allowed(&self) -> String {
        "parts of the UNet such as unet.mid or unet.up.1.skip.0, with commas between".into()
    }
}

/// `2:0.5,4:0`
impl Setting for Vec<WordWeight> {
    fn write(&self) -> String {
        self.iter().map(|WordWeight { word, weight }| format!("{word}:{weight}")).collect::<Vec<_>>().join(",")
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = numbered(text).map(|entry| entry.map(|(word, weight)| WordWeight { word, weight })).collect::<Option<_>>()?;
        Some(())
    }

    fn allowed(&self) -> String {
        "word:weight such as 2:0.5, with commas between".into()
    }
}

/// `unet.mid:0.5,unet.up.1.skip.0:2`
impl Setting for Vec<SiteScale> {
    fn write(&self) -> String {
        self.iter().map(|SiteScale { site, scale }| format!("{site}:{scale}")).collect::<Vec<_>>().join(",")
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = numbered(text).map(|entry| entry.map(|(site, scale)| SiteScale { site, scale })).collect::<Option<_>>()?;
        Some(())
    }

    fn allowed(&self) -> String {
        "part:scale such as unet.mid:0.5, with commas between".into()
    }
}

/// Entries `name:number` with commas between; `None` for one that is none.
fn numbered<T: FromStr>(text: &str) -> impl Iterator<Item = Option<(T, f32)>> {
    text.split(',').filter(|entry| !entry.is_empty()).map(|entry| {
        let (name, number) = entry.split_once(':')?;
        Some((name.parse().ok()?, number.parse().ok().filter(|number: &f32| number.is_finite())?))
    })
}

impl<C: Choice> Setting for Option<C> {
    fn write(&self) -> String {
        self.as_ref().map(C::to_string).unwrap_or_default()
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = match text {
            "" => None,
            text => Some(C::from_text(text)?),
        };
        Some(())
    }

    fn allowed(&self) -> String {
        format!("{}, or nothing", C::allowed())
    }
}

/// What a visitor may choose or leave open.
trait Choice: Display + Sized {
    fn from_text(text: &str) -> Option<Self>;
    fn allowed() -> String;
}

impl Choice for usize {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn allowed() -> String {
        "a whole number".into()
    }
}

impl Choice for f32 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &f32| number.is_finite())
    }

    fn allowed() -> String {
        "a number such as 7.5".into()
    }
}

/// What differs from a step on, in RON. `Display` is not the bridge's to have: the text is a link's own.
impl Setting for Option<Branch> {
    fn write(&self) -> String {
        self.as_ref().map(|branch| ron::to_string(branch).expect("a branch is plain data")).unwrap_or_default()
    }

    fn read(&mut self, text: &str) -> Option<()> {
        *self = match text {
            "" => None,
            text => Some(ron::from_str(text).ok()?),
        };
        Some(())
    }

    fn allowed(&self) -> String {
        "a branch such as (step: 4, guidance_scale: Some(2.0)), or nothing".into()
    }
}

impl Choice for SchedulerKind {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn allowed() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl Choice for Stop {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn allowed() -> String {
        Self::NAMES.join(", ")
    }
}
