//! A data plane: an upright rectangle that shows a tensor of the run, and its mirror image in the floor.

use bevy::prelude::*;
use bridge::TensorImages;

use super::material::PlaneMaterial;
use super::shown::{Shown, Source};
use crate::HallSystems;
use crate::nodes::Hall;
use crate::quality::Quality;
use crate::state::Run;
use crate::theme;
use crate::tour::time::TourTime;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (show_tensors, show_mirrors).in_set(HallSystems::Present).run_if(resource_exists::<Hall>));
}

/// Shows what its source has at the present tour time.
#[derive(Component, Clone, Debug)]
pub struct DataPlane {
    pub source: Source,
    pub material: Handle<PlaneMaterial>,
    pub mirror: Option<Handle<PlaneMaterial>>,
    /// Travels, and so changes with its step and not by a fade.
    pub travels: bool,
    texture: Option<Texture>,
    drawn: Option<Drawn>,
}

#[derive(Clone, Debug)]
struct Texture {
    image: Handle<Image>,
    /// Of the tensor it was made for.
    size: [usize; 3],
    pixels: [u32; 2],
}

/// What was drawn last, so that a plane that stands still costs nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drawn {
    run: u64,
    step: usize,
    /// In 64ths.
    mix: u8,
    light: u8,
}

/// The mirror image of a data plane.
#[derive(Component)]
pub struct Mirror;

impl DataPlane {
    /// Without a mirror image it is one that travels.
    pub fn new(source: Source, material: Handle<PlaneMaterial>, mirror: Option<Handle<PlaneMaterial>>) -> Self {
        let travels = mirror.is_none();
        Self { source, material, mirror, travels, texture: None, drawn: None }
    }

    /// Brings texture and materials up to date, if anything about them has changed.
    fn draw(
        &mut self,
        run: &Run,
        shown: Option<Shown>,
        images: &mut Assets<Image>,
        materials: &mut Assets<PlaneMaterial>,
        tensors: &mut TensorImages,
    ) {
        let drawn = shown.as_ref().map(|shown| Drawn {
            run: run.id.0,
            step: shown.step,
            mix: (shown.mix * 64.0) as u8,
            light: (shown.light * 64.0) as u8,
        });
        if drawn == self.drawn {
            return;
        }
        if let Some(shown) = &shown {
            let look = self.source.look(&shown.to, run, shown.step);
            let (size, pixels) = (shown.to.size(), look.pixels(shown.to.size()));
            let fits = self.texture.as_ref().is_some_and(|texture| texture.size == size && texture.pixels == pixels);
            if !fits {
                let image = TensorImages::create(images, size, &look, self.source.is_smooth());
                self.texture = Some(Texture { image, size, pixels });
            }
            if let Some(texture) = &self.texture {
                tensors.show_mix(&texture.image, shown.from.clone(), shown.to.clone(), shown.mix, look);
            }
        }
        let light = shown.map_or(0.0, |shown| shown.light);
        for handle in [Some(&self.material), self.mirror.as_ref()].into_iter().flatten() {
            let Some(mut material) = materials.get_mut(handle) else { continue };
            material.picture = self.texture.as_ref().map(|texture| texture.image.clone());
            material.form.x = light;
            material.frame.alpha = 0.25 + 0.75 * light;
        }
        self.drawn = drawn;
    }
}

/// What the frame and the glass of a plane look like before anything is shown.
pub fn dark(frame: Srgba, size: Vec2, is_mirror: bool) -> PlaneMaterial {
    // A frame of 3 cm, thicker on large planes.
    let frame_metres = (0.012 * size.y).clamp(0.025, 0.06);
    PlaneMaterial {
        picture: None,
        frame: LinearRgba::from(frame).with_alpha(0.25),
        glass: theme::GLASS.into(),
        form: Vec4::new(0.0, size.x / size.y, frame_metres / size.y, f32::from(is_mirror)),
        alpha_mode: if is_mirror { AlphaMode::Blend } else { AlphaMode::Opaque },
    }
}

fn show_tensors(
    mut planes: Query<(&mut DataPlane, &Visibility)>,
    hall: Res<Hall>,
    run: Res<Run>,
    time: Res<TourTime>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<PlaneMaterial>>,
    mut tensors: ResMut<TensorImages>,
) {
    let score = hall.score(&run);
    let moment = score.moment(time.micros);
    for (mut plane, visibility) in &mut planes {
        if plane.travels && *visibility == Visibility::Hidden {
            continue;
        }
        let shown = match plane.travels {
            true => plane.source.carried(&run, &score, moment),
            false => plane.source.shown(&run, &score, moment),
        };
        plane.draw(&run, shown, &mut images, &mut materials, &mut tensors);
    }
}

/// Mirror images cost as much as what they mirror: a slow machine does without.
fn show_mirrors(quality: Res<Quality>, mut mirrors: Query<&mut Visibility, With<Mirror>>) {
    let wanted = if quality.mirrors { Visibility::Inherited } else { Visibility::Hidden };
    for mut visibility in &mut mirrors {
        visibility.set_if_neq(wanted);
    }
}
