//! Spotlight: what a caption of the tour points at breathes gently while the visitor stands before it.

use std::borrow::Cow;
use std::f32::consts::TAU;

use bevy::asset::AssetEventSystems;
use bevy::prelude::*;

use super::material::{Matte, PlaneMaterial};
use super::plane::DataPlane;
use crate::panels::Panels;
use crate::stop::Stop;
use crate::theme;
use crate::tour::{Guide, Route};

pub(super) fn plugin(app: &mut App) {
    // Planes have been drawn by then, and materials have not been sent to the device yet.
    app.add_systems(PostUpdate, shine.before(AssetEventSystems));
}

/// The name by which a tour points at a thing: one of [`NAMES`], or a block of the UNet such as `unet.down.1`.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct Named(pub Cow<'static, str>);

impl Named {
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }
}

/// Everything that a tour can point at, apart from the blocks, and the colour of its meaning.
pub const NAMES: &[(&str, Srgba)] = &[
    ("words.prompt", theme::TEXT),
    ("tokens.tiles", theme::TEXT),
    ("text_encoder.layers", theme::TEXT),
    ("text_encoder.prompt_embeds", theme::TEXT),
    ("noise.planes", theme::NOISE),
    ("noise.seed", theme::NOISE),
    ("unet.in", theme::LATENT),
    ("unet.out", theme::NOISE),
    ("unet.skips", theme::FEATURE),
    ("unet.time", theme::PICTURE),
    ("unet.words", theme::TEXT),
    ("attention.maps", theme::TEXT),
    ("guidance.lever", theme::GUIDANCE),
    ("guidance.uncond", theme::NOISE),
    ("guidance.text", theme::NOISE),
    ("guidance.difference", theme::GUIDANCE),
    ("guidance.guided", theme::NOISE),
    ("scheduler.stairs", theme::LATENT),
    ("scheduler.before", theme::LATENT),
    ("scheduler.after", theme::LATENT),
    ("scheduler.imagined", theme::PICTURE),
    ("time_wall.latents", theme::LATENT),
    ("time_wall.imagined", theme::PICTURE),
    ("decoder.latent", theme::LATENT),
    ("decoder.stages", theme::FEATURE),
    ("decoder.decoded", theme::PICTURE),
    ("decoder.moved", theme::GUIDANCE),
    ("picture.print", theme::PICTURE),
    ("map.paths", theme::LATENT),
];

/// The colour of a name's meaning; none if there is no such name.
pub fn colour(name: &str) -> Option<Srgba> {
    let is_block = matches!(name.parse(), Ok(Stop::Block(_)));
    let listed = NAMES.iter().find(|(other, _)| *other == name).map(|(_, colour)| *colour);
    listed.or_else(|| is_block.then_some(theme::FEATURE))
}

const LEAST: f32 = 0.3;
const PERIOD_SECS: f32 = 2.0;

/// How bright a thing is that is pointed at, `LEAST`..1.
pub fn pulse(elapsed_secs: f32) -> f32 {
    let wave = 0.5 + 0.5 * (TAU * elapsed_secs / PERIOD_SECS).cos();
    LEAST + (1.0 - LEAST) * wave
}

/// On a thing with a light of its own while it is pointed at.
#[derive(Component)]
struct Lit {
    /// The material that it shares with others at rest.
    rest: Handle<Matte>,
}

fn shine(
    guide: Res<Guide>,
    route: Res<Route>,
    panels: Res<Panels>,
    time: Res<Time>,
    planes: Query<(&Named, &DataPlane)>,
    mut things: Query<(Entity, &Named, &mut MeshMaterial3d<Matte>, Option<&Lit>)>,
    mut materials: ResMut<Assets<PlaneMaterial>>,
    mut mattes: ResMut<Assets<Matte>>,
    mut commands: Commands,
) {
    let lights = guide.on_tour(&route).filter(|_| !panels.still).map_or(&[][..], |place| route.stops[place].lights.as_slice());
    let is_lit = |name: &Named| lights.iter().any(|light| *light == name.0);
    // An hour, after which it wraps, is a whole number of periods.
    let pulse = pulse(time.elapsed_secs_wrapped());
    for (name, plane) in &planes {
        let light = if is_lit(name) { pulse } else { 1.0 };
        for handle in [Some(&plane.material), plane.mirror.as_ref()].into_iter().flatten() {
            // At rest a frame is as bright as `DataPlane` makes it.
            let bright = |material: &PlaneMaterial| (0.25 + 0.75 * material.form.x) * light;
            let stale = materials.get(handle).is_some_and(|material| material.frame.alpha != bright(material));
            if let Some(mut material) = materials.get_mut(handle).filter(|_| stale) {
                let alpha = bright(&material);
                material.frame.alpha = alpha;
            }
        }
    }
    for (entity, name, mut material, lit) in &mut things {
        match (lit, is_lit(name)) {
            (None, false) => {}
            (None, true) => {
                let Some(own) = mattes.get(&material.0).cloned() else { continue };
                commands.entity(entity).insert(Lit { rest: material.0.clone() });
                material.0 = mattes.add(own);
            }
            (Some(lit), true) => {
                let Some(rest) = mattes.get(&lit.rest).map(|rest| rest.tint) else { continue };
                let tint = (rest * pulse).with_alpha(rest.alpha);
                if let Some(mut own) = mattes.get_mut(&material.0) {
                    own.tint = tint;
                }
            }
            (Some(lit), false) => {
                material.0 = lit.rest.clone();
                commands.entity(entity).remove::<Lit>();
            }
        }
    }
}
