//! Quality: what the hall leaves out so that it stays smooth.

use bevy::log::info;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;

use crate::HallSystems;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Quality>()
        .add_systems(Startup, suit_the_adapter)
        .add_systems(Update, (leave_out_when_late, smooth_edges).chain().in_set(HallSystems::Present));
}

/// What is drawn.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Quality {
    /// Four samples for each pixel.
    pub smooth_edges: bool,
    /// Mirror images in the floor.
    pub mirrors: bool,
    /// Whether to leave things out when frames come late. Never in a picture that is to be kept.
    pub adapts: bool,
}

impl Default for Quality {
    fn default() -> Self {
        Self { smooth_edges: true, mirrors: true, adapts: true }
    }
}

impl Quality {
    /// The next lower quality, while there is one.
    pub fn lower(&self) -> Option<Self> {
        match (self.smooth_edges, self.mirrors) {
            (true, mirrors) => Some(Self { smooth_edges: false, mirrors, ..self.clone() }),
            (false, true) => Some(Self { mirrors: false, ..self.clone() }),
            (false, false) => None,
        }
    }
}

/// A frame that takes longer than this is late, in seconds.
const LATE: f32 = 0.028;
/// So many seconds of late frames are too many.
const PATIENCE: f32 = 3.0;

/// A software adapter draws with the processor: it starts without smooth edges.
fn suit_the_adapter(adapter: Option<Res<RenderAdapterInfo>>, mut quality: ResMut<Quality>) {
    let Some(adapter) = adapter else { return };
    if quality.adapts && format!("{:?}", adapter.device_type) == "Cpu" {
        quality.smooth_edges = false;
    }
}

fn leave_out_when_late(time: Res<Time>, mut quality: ResMut<Quality>, mut late_secs: Local<f32>) {
    if !quality.adapts {
        return;
    }
    let frame_secs = time.delta_secs();
    *late_secs = if frame_secs > LATE { *late_secs + frame_secs } else { (*late_secs - frame_secs).max(0.0) };
    if *late_secs > PATIENCE {
        *late_secs = 0.0;
        if let Some(lower) = quality.lower() {
            info!("frames come late: {lower:?}");
            *quality = lower;
        }
    }
}

fn smooth_edges(quality: Res<Quality>, mut cameras: Query<&mut Msaa, With<Camera3d>>) {
    let wanted = if quality.smooth_edges { Msaa::Sample4 } else { Msaa::Off };
    for mut msaa in &mut cameras {
        msaa.set_if_neq(wanted);
    }
}
