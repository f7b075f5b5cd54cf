//! A snapshot: the hall without a window, rendered into pictures, exactly as a visitor would see it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy::app::SubApps;
use bevy::camera::RenderTarget;
use bevy::image::ImageFormat;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::TextureFormat;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use bridge::{Block, BridgePlugin};

use crate::camera::FlyCameraState;
use crate::camera::framing::view;
use crate::nodes::Hall;
use crate::panels::Panels;
use crate::state::{Model, Run};
use crate::tour::route::RouteError;
use crate::tour::{Route, TourTime};
use crate::{HallError, HallPlugin, HallSettings, Quality, Stop, stops};

/// A picture to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// The name of a stop; without one the view over the hall.
    pub stop: Option<String>,
    /// The step of the run, counted from 0; without one the run is over.
    pub step: Option<usize>,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// A PNG file.
    pub output: PathBuf,
}

/// A picture of every stop of the tour, the run being over, as numbered files in a folder. The middle of the UNet, which some
/// models lack, is left out.
///
/// # Errors
/// If the tour cannot be read.
pub fn tour_shots(folder: &Path, size: [u32; 2]) -> Result<Vec<Shot>, RouteError> {
    let stops = Route::two_minutes()?.stops.into_iter().map(|stop| stop.stop).filter(|stop| *stop != Stop::Block(Block::Mid));
    let shot = |(place, stop): (usize, Stop)| Shot {
        stop: Some(stop.to_string()),
        step: None,
        size,
        output: folder.join(format!("{:02}-{stop}.png", place + 1)),
    };
    Ok(stops.enumerate().map(shot).collect())
}

/// Loads the model, paints, and takes the pictures, in one go and without a window.
///
/// # Errors
/// If the model cannot be loaded, a shot asks for what there is not, or a file cannot be written.
pub fn snapshot(settings: &HallSettings, shots: &[Shot], progress: &mut dyn FnMut(String)) -> Result<(), HallError> {
    for shot in shots {
        stop_of(shot)?;
    }
    let mut studio = Studio::open(settings);
    studio.load(progress)?;
    for shot in shots {
        studio.take(shot, progress)?;
    }
    Ok(())
}

/// The stop that a shot names, whatever the model.
fn stop_of(shot: &Shot) -> Result<Stop, HallError> {
    let name = shot.stop.as_deref().unwrap_or("hall");
    name.parse().map_err(|_| HallError::UnknownStop {
        stop: name.to_string(),
        valid: ["hall", "words", "tokens", "text_encoder", "noise", "unet", "unet.down.0", "unet.mid", "unet.up.0"]
            .iter()
            .chain(&["guidance", "scheduler", "decoder", "picture"])
            .map(ToString::to_string)
            .collect(),
    })
}

/// Frames after which everything stands still: textures drawn, letters in their atlas, panels laid out.
const SETTLING_FRAMES: usize = 6;
/// Frames within which a picture must have come back from the device.
const MOST_FRAMES: usize = 60;
/// Between looks at what the engine has reported; what the processor has is better spent on computing.
const WAIT: Duration = Duration::from_millis(40);

/// The hall, driven frame by frame.
struct Studio {
    apps: SubApps,
    camera: Entity,
}

impl Studio {
    fn open(settings: &HallSettings) -> Self {
        let windows = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
        // A picture must not lack what has not been compiled yet.
        let render = RenderPlugin { synchronous_pipeline_compilation: true, ..bridge::render_plugin() };
        let plugins = DefaultPlugins.set(windows).set(render);
        let mut app = App::new();
        app.add_plugins(
            plugins.disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>().disable::<bevy::gilrs::GilrsPlugin>(),
        );
        app.insert_resource(Quality { adapts: false, ..default() });
        app.add_plugins((BridgePlugin { device: settings.device }, HallPlugin { settings: settings.clone() }));
        app.insert_resource(Panels { still: true, ..default() });
        app.finish();
        app.cleanup();
        let mut studio = Self { apps: std::mem::take(app.sub_apps_mut()), camera: Entity::PLACEHOLDER };
        studio.frame();
        let mut cameras = studio.world().query_filtered::<Entity, With<FlyCameraState>>();
        studio.camera = cameras.single(studio.apps.main.world()).unwrap_or(Entity::PLACEHOLDER);
        studio.set_active(false);
        studio
    }

    fn world(&mut self) -> &mut World {
        self.apps.main.world_mut()
    }

    fn frame(&mut self) {
        self.apps.update();
    }

    /// A camera that is not active costs nothing.
    fn set_active(&mut self, active: bool) {
        let camera = self.camera;
        if let Some(mut camera) = self.world().get_mut::<Camera>(camera) {
            camera.is_active = active;
        }
    }

    /// Lets the engine work until it has reported what is wanted.
    fn wait_until(&mut self, mut done: impl FnMut(&Model, &Run) -> bool) -> Result<(), HallError> {
        loop {
            self.frame();
            let world = self.apps.main.world();
            let (model, run) = (world.resource::<Model>(), world.resource::<Run>());
            match (model, &run.failure) {
                (Model::Failed { message }, _) | (_, Some(message)) => {
                    return Err(HallError::Engine { message: message.clone() });
                }
                _ if done(model, run) => return Ok(()),
                _ => std::thread::sleep(WAIT),
            }
        }
    }

    fn load(&mut self, progress: &mut dyn FnMut(String)) -> Result<(), HallError> {
        let mut said = String::new();
        self.wait_until(|model, run| {
            if let Model::Loading { what, fraction } = model
                && said != *what
            {
                said.clone_from(what);
                progress(format!("loading {what} ({:.0} %)", 100.0 * fraction));
            }
            run.started.is_some()
        })
    }

    /// Takes one picture.
    fn take(&mut self, shot: &Shot, progress: &mut dyn FnMut(String)) -> Result<(), HallError> {
        let stop = stop_of(shot)?;
        let hall = self.world().resource::<Hall>().clone();
        if !Stop::all(&hall.shape).contains(&stop) {
            return Err(HallError::UnknownStop { stop: stop.to_string(), valid: stops(&hall.shape) });
        }
        let steps = self.world().resource::<Run>().step_count();
        if let Some(step) = shot.step.filter(|&step| step >= steps) {
            return Err(HallError::UnknownStep { step, steps });
        }
        let mut said = None;
        self.wait_until(|_, run| {
            if said != Some(run.steps.len()) {
                said = Some(run.steps.len());
                progress(format!("{stop}: {} of {steps} steps computed", run.steps.len()));
            }
            shot.step.map_or(run.picture.is_some(), |step| run.steps.len() > step)
        })?;
        let image = self.render(&hall, stop, shot)?;
        write(image, &shot.output)?;
        progress(format!("{} written", shot.output.display()));
        Ok(())
    }

    fn render(&mut self, hall: &Hall, stop: Stop, shot: &Shot) -> Result<Image, HallError> {
        let [width, height] = shot.size;
        let target = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        let target = self.world().resource_mut::<Assets<Image>>().add(target);
        let camera = self.camera;
        let score = hall.score(self.world().resource::<Run>());
        *self.world().resource_mut::<TourTime>() =
            TourTime { micros: score.pictured_at(stop, shot.step), playing: false, ..default() };
        let pose = view(&hall.layout, stop, width as f32 / height as f32);
        let mut entity = self.world().entity_mut(camera);
        entity.insert(RenderTarget::from(target.clone()));
        if let Some(mut state) = entity.get_mut::<FlyCameraState>() {
            (state.pose, state.flight, state.stop) = (pose, None, Some(stop));
        }
        self.set_active(true);
        for _ in 0..SETTLING_FRAMES {
            self.frame();
        }
        let caught: Arc<Mutex<Option<Image>>> = Arc::default();
        let catch = caught.clone();
        self.world().spawn(Screenshot::image(target.clone())).observe(move |captured: On<ScreenshotCaptured>| {
            if let Ok(mut image) = catch.lock() {
                *image = Some(captured.image.clone());
            }
        });
        let mut image = None;
        for _ in 0..MOST_FRAMES {
            self.frame();
            image = caught.lock().ok().and_then(|mut image| image.take());
            if image.is_some() {
                break;
            }
            std::thread::sleep(WAIT / 4);
        }
        self.set_active(false);
        self.world().resource_mut::<Assets<Image>>().remove(&target);
        image.ok_or(HallError::NoFrame)
    }
}

fn write(image: Image, path: &Path) -> Result<(), HallError> {
    let failed = |why: String| HallError::Write { path: path.to_path_buf(), why };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|why| failed(why.to_string()))?;
    }
    let format = ImageFormat::Png.as_image_crate_format().ok_or_else(|| failed("PNG is not built in".into()))?;
    let picture = image.try_into_dynamic().map_err(|why| failed(why.to_string()))?;
    // What lies behind the hall is nothing: the picture is opaque.
    picture.to_rgb8().save_with_format(path, format).map_err(|why| failed(why.to_string()))
}
