//! The nodes: what stands at the stations of the track, one file for each.

pub mod arcs;
pub mod arrows;
pub mod attention;
pub mod chart;
pub mod decoder;
pub mod guidance;
pub mod histogram;
pub mod label;
pub mod leaf;
pub mod map;
pub mod material;
pub mod noise;
pub mod picture;
pub mod plane;
pub mod poke;
pub mod scheduler;
pub mod shown;
pub mod sketch;
pub mod spotlight;
pub mod text_encoder;
pub mod time_wall;
pub mod tokens;
pub mod unet;
pub mod words;
pub mod workshop;

use bevy::prelude::*;
use bridge::ModelShape;

use self::workshop::Workshop;
use crate::HallSystems;
use crate::state::{Model, Run};
use crate::stop::Stop;
use crate::tour::score::Score;
use crate::track::place::{Layout, place};

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((material::plugin, workshop::plugin, plane::plugin, label::plugin, spotlight::plugin))
        .add_plugins((
            words::plugin,
            tokens::plugin,
            text_encoder::plugin,
            noise::plugin,
            unet::plugin,
            leaf::plugin,
            attention::plugin,
            guidance::plugin,
            scheduler::plugin,
            time_wall::plugin,
            poke::plugin,
            map::plugin,
        ))
        .add_message::<Raised>()
        .add_systems(Update, (raise, ApplyDeferred, furnish).chain().in_set(HallSystems::Receive));
}

/// The hall as it stands for the model on show.
#[derive(Resource, Clone, Debug)]
pub struct Hall {
    pub shape: ModelShape,
    pub layout: Layout,
    /// What the engine computes on, in words.
    pub device: String,
}

impl Hall {
    /// The score of a run in this hall.
    pub fn score(&self, run: &Run) -> Score {
        Score::new(&self.shape, run.step_count())
    }
}

/// The hall has been built, or built anew.
#[derive(Message, Clone, Copy, Debug)]
pub struct Raised;

/// Everything that stands in the hall of one model, and goes when another is loaded.
#[derive(Component)]
pub struct Furniture;

/// Lays out the hall when a model has been loaded.
fn raise(
    mut commands: Commands,
    model: Res<Model>,
    hall: Option<Res<Hall>>,
    furniture: Query<Entity, With<Furniture>>,
    mut raised: MessageWriter<Raised>,
) {
    let Model::Loaded { shape, device } = &*model else { return };
    if hall.is_some_and(|hall| hall.shape == *shape) {
        return;
    }
    for entity in &furniture {
        commands.entity(entity).despawn();
    }
    commands.insert_resource(Hall { shape: shape.clone(), layout: place(shape), device: device.clone() });
    raised.write(Raised);
}

/// Puts up the stations.
fn furnish(mut raised: MessageReader<Raised>, hall: Option<Res<Hall>>, mut workshop: Workshop) {
    let Some(hall) = hall.filter(|_| raised.read().count() > 0) else { return };
    for place in &hall.layout.stations {
        let root = workshop.station(place);
        match place.stop {
            Stop::Words => words::build(&mut workshop, root, place),
            Stop::Tokens => tokens::build(&mut workshop, root, place, &hall),
            Stop::TextEncoder => text_encoder::build(&mut workshop, root, place, &hall),
            Stop::Noise => noise::build(&mut workshop, root, place, &hall),
            Stop::Unet => unet::build(&mut workshop, root, place, &hall),
            Stop::Attention => attention::build(&mut workshop, root, place, &hall),
            Stop::Guidance => guidance::build(&mut workshop, root, place, &hall),
            Stop::Scheduler => scheduler::build(&mut workshop, root, place, &hall),
            Stop::TimeWall => time_wall::build(&mut workshop, root, place, &hall),
            Stop::Decoder => decoder::build(&mut workshop, root, place, &hall),
            Stop::Picture => picture::build(&mut workshop, root, place, &hall),
            Stop::Map => map::build(&mut workshop, root, place, &hall),
            Stop::Hall | Stop::Block(_) => {}
        }
    }
}
