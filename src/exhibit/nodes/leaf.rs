//! Leafing through a block of the UNet: its first channels side by side, all of them as colour, or one after the other.

use std::collections::HashMap;

use bevy::prelude::*;
use bevy_rich_text3d::Text3d;
use bridge::{Block, Engine, Part, Request, Site};

use super::Hall;
use super::plane::DataPlane;
use super::shown::Source;
use crate::HallSystems;
use crate::input::Intent;
use crate::panels::Panels;
use crate::state::Run;
use crate::stop::Stop;
use crate::text::Texts;
use crate::tour::Guide;
use crate::tour::time::TourTime;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Leafing>()
        .add_systems(Update, leaf.in_set(HallSystems::Tour).run_if(resource_exists::<Hall>))
        .add_systems(Update, ask_for_colours.in_set(HallSystems::Ask))
        .add_systems(Update, (turn_planes, write_captions).in_set(HallSystems::Animate).run_if(resource_exists::<Hall>));
}

/// What the gates show; one that is not listed shows its first channels.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Leafing(HashMap<Block, Leaf>);

/// What a gate shows of its feature maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaf {
    /// The first channels side by side.
    #[default]
    Channels,
    /// Three principal components of the channels as red, green and blue.
    Colours,
    /// One channel.
    Channel(usize),
}

impl Leaf {
    /// So many leaves on, and round: side by side, as colour, then each of the channels.
    pub fn turned(self, notches: i32, channels: usize) -> Self {
        let at = match self {
            Self::Channels => 0,
            Self::Colours => 1,
            Self::Channel(channel) => channel as i64 + 2,
        };
        match (at + i64::from(notches)).rem_euclid(channels as i64 + 2) as usize {
            0 => Self::Channels,
            1 => Self::Colours,
            channel => Self::Channel(channel - 2),
        }
    }

    fn source(self, block: Block) -> Source {
        match self {
            Self::Channels => Source::Block(block),
            Self::Colours => Source::BlockColours(block),
            Self::Channel(channel) => Source::BlockChannel(block, channel),
        }
    }
}

impl Leafing {
    pub fn of(&self, block: Block) -> Leaf {
        self.0.get(&block).copied().unwrap_or_default()
    }
}

/// On the planes of a gate.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct GatePlane(pub Block);

/// On the line that says what a gate shows.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct LeafCaption(pub Block);

fn leaf(
    mut intents: MessageReader<Intent>,
    (guide, panels): (Res<Guide>, Res<Panels>),
    run: Res<Run>,
    mut leafing: ResMut<Leafing>,
) {
    let notches = Intent::notches(&mut intents);
    let Some(Stop::Block(block)) = guide.faced else { return };
    // Of how many channels there are maps is known when the first has come.
    let Some(features) = run.features(0, Site::Unet(block, Part::Output)) else { return };
    if notches == 0 || panels.in_hand() {
        return;
    }
    let next = leafing.of(block).turned(notches, features.size()[0]);
    leafing.0.insert(block, next);
}

/// Colours are computed only while a gate shows them.
fn ask_for_colours(leafing: Res<Leafing>, engine: Option<Res<Engine>>, mut asked: Local<bool>) {
    let wanted = leafing.0.values().any(|leaf| *leaf == Leaf::Colours);
    if let Some(engine) = engine.filter(|_| wanted != *asked) {
        engine.ask(Request::Colours(wanted));
        *asked = wanted;
    }
}

fn turn_planes(leafing: Res<Leafing>, mut planes: Query<(Ref<GatePlane>, &mut DataPlane)>) {
    for (gate, mut plane) in &mut planes {
        let source = leafing.of(gate.0).source(gate.0);
        if plane.source != source {
            plane.source = source;
        }
    }
}

fn write_captions(
    leafing: Res<Leafing>,
    run: Res<Run>,
    (hall, time, texts): (Res<Hall>, Res<TourTime>, Res<Texts>),
    mut captions: Query<(&LeafCaption, &mut Text3d)>,
) {
    let score = hall.score(&run);
    let moment = score.moment(time.micros);
    for (&LeafCaption(block), mut caption) in &mut captions {
        let site = Site::Unet(block, Part::Output);
        let leaf = leafing.of(block);
        let channels = hall.shape.blocks.iter().find(|shape| shape.block == block).map_or(0, |shape| shape.output[0]);
        let channels = ("channels", channels.to_string());
        let shown = leaf.source(block).shown(&run, &score, moment);
        let words = match (leaf, shown) {
            (_, None) => String::new(),
            (Leaf::Channels, Some(shown)) => {
                let side = super::shown::grid_side(shown.to.size()[0]);
                texts.say_with("leaf-channels", &[("shown", (side * side).to_string()), channels])
            }
            (Leaf::Colours, Some(shown)) => match run.colours(shown.step, site) {
                Some(colours) => {
                    let share = colours.shares.iter().sum::<f32>() * 100.0;
                    texts.say_with("leaf-colours", &[("share", format!("{share:.0}"))])
                }
                None => String::new(),
            },
            (Leaf::Channel(channel), Some(_)) => {
                texts.say_with("leaf-channel", &[("channel", (channel + 1).to_string()), channels])
            }
        };
        if caption.get_single() != Some(words.as_str()) {
            *caption = Text3d::new(words);
        }
    }
}
