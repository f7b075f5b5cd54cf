//! Light: a pool on the floor before every station and a wash on the wall behind it, as bright as what the station shows.

use std::f32::consts::TAU;

use bevy::prelude::*;

use crate::HallSystems;
use crate::mesh::coloured_mesh;
use crate::nodes::material::Matte;
use crate::nodes::shown::Source;
use crate::nodes::workshop::Workshop;
use crate::nodes::{Hall, Raised};
use crate::state::Run;
use crate::stop::Stop;
use crate::theme;
use crate::tour::time::TourTime;
use crate::track::place::WALL_BEHIND;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (hang_lights.run_if(on_message::<Raised>), shine).chain().in_set(HallSystems::Animate).run_if(resource_exists::<Hall>),
    );
}

/// Shines when its source has something to show.
#[derive(Component)]
struct Light {
    /// None for words and tokens, which are lit as soon as the run has begun.
    source: Option<Source>,
}

/// How bright it is with nothing to show.
const LEAST: f32 = 0.22;

fn hang_lights(mut workshop: Workshop, hall: Res<Hall>) {
    for place in &hall.layout.stations {
        let (source, colour) = match place.stop {
            Stop::TextEncoder => (Some(Source::PromptEmbeds), theme::TEXT),
            Stop::Noise => (Some(Source::Noise), theme::NOISE),
            Stop::Unet => (Some(Source::LatentIn), theme::FEATURE),
            Stop::Attention => (Some(Source::WordMap(1)), theme::TEXT),
            Stop::Guidance => (Some(Source::NoisePred), theme::GUIDANCE),
            Stop::Scheduler | Stop::TimeWall | Stop::Map => (Some(Source::LatentAfter), theme::LATENT),
            Stop::Decoder => (Some(Source::DecoderMid), theme::LATENT),
            Stop::Picture => (Some(Source::Picture), theme::PICTURE),
            _ => (None, theme::TEXT),
        };
        let root = workshop.station(place);
        let matte = workshop.mattes.add(Matte { tint: LinearRgba::WHITE * LEAST, cover: None, alpha_mode: AlphaMode::Add });
        let width = place.size.x * 0.75;
        let wide = if place.stop == Stop::Unet { 0.38 } else { 1.0 };
        let lights = [
            (
                ellipse(Vec2::new(width, 3.6), colour, 0.11 * wide),
                Transform::from_xyz(0.0, 0.01, 1.2).with_rotation(Quat::from_rotation_x(-TAU / 4.0)),
            ),
            (
                ellipse(Vec2::new(width, 0.8 * place.size.y), colour, 0.07 * wide),
                Transform::from_xyz(0.0, 0.35 * place.size.y, -WALL_BEHIND + 0.2),
            ),
        ];
        for (mesh, at) in lights {
            let mesh = Mesh3d(workshop.meshes.add(mesh));
            workshop.commands.spawn((mesh, MeshMaterial3d(matte.clone()), at, Light { source }, ChildOf(root)));
        }
    }
}

/// A glow that is brightest in its middle and nothing at its rim; it is added to what lies behind.
fn ellipse(radii: Vec2, colour: Srgba, light: f32) -> Mesh {
    const SIDES: u32 = 40;
    const RINGS: u32 = 10;
    let colour = LinearRgba::from(colour) * light;
    let (mut positions, mut colours, mut indices) = (vec![[0.0; 3]], vec![glow(colour, 0.0)], Vec::new());
    for ring in 1..=RINGS {
        let part = ring as f32 / RINGS as f32;
        for side in 0..SIDES {
            let (sine, cosine) = (side as f32 / SIDES as f32 * TAU).sin_cos();
            positions.push([cosine * radii.x * part, sine * radii.y * part, 0.0]);
            colours.push(glow(colour, part));
            let (here, next) = (side, (side + 1) % SIDES);
            let rim = 1 + (ring - 1) * SIDES;
            match ring {
                1 => indices.extend([0, rim + here, rim + next]),
                _ => {
                    let inner = rim - SIDES;
                    indices.extend([inner + here, rim + here, rim + next, inner + here, rim + next, inner + next]);
                }
            }
        }
    }
    coloured_mesh(positions, Vec3::Z, colours, indices)
}

/// Alpha 0: the colour is added. `part`: 0 in the middle, 1 at the rim.
fn glow(colour: LinearRgba, part: f32) -> [f32; 4] {
    (colour * (1.0 - part * part).powi(2)).with_alpha(0.0).to_f32_array()
}

fn shine(
    lights: Query<(&Light, &MeshMaterial3d<Matte>)>,
    hall: Res<Hall>,
    run: Res<Run>,
    time: Res<TourTime>,
    mut mattes: ResMut<Assets<Matte>>,
) {
    let score = hall.score(&run);
    let moment = score.moment(time.micros);
    for (light, material) in &lights {
        let shown = match light.source {
            Some(source) => source.shown(&run, &score, moment).map_or(0.0, |shown| shown.light),
            None => f32::from(run.started.is_some()),
        };
        let tint = LinearRgba::WHITE * (LEAST + (1.0 - LEAST) * shown);
        let stale = mattes.get(&material.0).is_some_and(|matte| matte.tint != tint);
        if let Some(mut matte) = mattes.get_mut(&material.0).filter(|_| stale) {
            matte.tint = tint;
        }
    }
}
