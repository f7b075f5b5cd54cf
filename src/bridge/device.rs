//! The device: Bevy opens it, burn adopts it, and the engine starts on it or on the CPU.

use bevy::app::AppExit;
use bevy::platform::time::Instant;
use bevy::prelude::*;
use bevy::render::error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy};
use bevy::render::renderer::{RenderAdapter, RenderAdapterInfo, RenderDevice, RenderInstance, RenderQueue};
use bevy::render::settings::{MemoryHints, WgpuSettings, WgpuSettingsPriority};
use bevy::render::{RenderApp, RenderPlugin, RenderStartup};
use burn_wgpu::{MemoryConfiguration, RuntimeOptions, WgpuDevice, WgpuSetup, init_device};

use crate::backend::{Cpu, DeviceChoice, Gpu, configure, is_software, name_in_words};
use crate::engine::{Engine, Line, Server};
use crate::pace::{CpuPace, GpuPace};
use crate::{tensor_image, worker};

/// The process's exit code when the device is lost: whoever watches over a kiosk starts the hall again.
const DEVICE_LOST: u8 = 42;
/// Frames that fail flicker. Within a minute no more than this many may.
const FAULTS_PER_MINUTE: u32 = 10;
/// Kernels in one submission; few, so that a frame gets its turn.
const TASKS_PER_SUBMISSION: usize = 16;

/// How Bevy must open the device for burn to share it: burn asks the adapter what it may use, so the device must have it all.
pub fn render_plugin() -> RenderPlugin {
    let settings = WgpuSettings {
        priority: WgpuSettingsPriority::Functionality,
        // burn pools by itself.
        memory_hints: MemoryHints::MemoryUsage,
        ..default()
    };
    RenderPlugin { render_creation: settings.into(), ..default() }
}

/// Starts the engine and draws what it computes. Add it after Bevy's default plugins, whose render plugin must be
/// [`render_plugin`]. Without a renderer the engine computes on the CPU.
pub struct BridgePlugin {
    pub device: DeviceChoice,
}

/// The GPU as burn sees it: there while the engine computes on it.
#[derive(Resource, Clone, Debug)]
pub struct SharedDevice(pub WgpuDevice);

/// The engine's end of the line, until the engine is started.
#[derive(Resource)]
struct WaitingLine(Line);

impl Plugin for BridgePlugin {
    fn build(&self, app: &mut App) {
        let (engine, line) = Engine::connect();
        app.insert_resource(engine).insert_resource(WaitingLine(line));
        app.insert_resource(RenderErrorHandler(on_render_error)).init_resource::<RenderFaults>();
        app.add_plugins(tensor_image::plugin);
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app.add_systems(RenderStartup, |mut commands: Commands| commands.insert_resource(StartedUp));
        }
    }

    /// By now the device is there, in a browser too.
    fn finish(&self, app: &mut App) {
        let Some(WaitingLine(line)) = app.world_mut().remove_resource() else { return };
        let Some(opened) = Opened::by_bevy(app) else {
            return start_on_cpu(line, "no graphics, computing on the CPU".into());
        };
        let name = name_in_words(&opened.adapter);
        let on_gpu = match self.device {
            DeviceChoice::Auto => !is_software(&opened.adapter),
            DeviceChoice::Gpu => true,
            DeviceChoice::Cpu => false,
        };
        let Some(shared) = on_gpu.then(|| opened.share()).flatten() else {
            return start_on_cpu(line, format!("{name}, computing on the CPU"));
        };
        let device = shared.0.clone();
        app.insert_resource(shared);
        let pace = GpuPace::new(&device, opened.setup.device, opened.setup.queue);
        worker::start(Server::<Gpu>::new(line, device, format!("{name}, computing on the GPU"), pace));
    }
}

fn start_on_cpu(line: Line, device_name: String) {
    worker::leave_a_core();
    worker::start(Server::<Cpu>::new(line, Default::default(), device_name, CpuPace));
}

/// What Bevy has opened.
struct Opened {
    setup: WgpuSetup,
    adapter: wgpu::AdapterInfo,
}

impl Opened {
    /// `None` in an app without a renderer.
    fn by_bevy(app: &App) -> Option<Self> {
        let world = app.get_sub_app(RenderApp)?.world();
        let adapter = world.get_resource::<RenderAdapterInfo>()?;
        let setup = WgpuSetup {
            instance: (**world.resource::<RenderInstance>().0).clone(),
            adapter: (**world.resource::<RenderAdapter>().0).clone(),
            device: world.resource::<RenderDevice>().wgpu_device().clone(),
            queue: (**world.resource::<RenderQueue>().0).clone(),
            backend: adapter.backend,
        };
        Some(Self { setup, adapter: (***adapter).clone() })
    }

    /// Lets burn adopt the device, if it has what burn takes for granted.
    fn share(&self) -> Option<SharedDevice> {
        let optional = wgpu::Features::MAPPABLE_PRIMARY_BUFFERS;
        let needed = self.setup.adapter.features().difference(optional).union(worker::REQUIRED_FEATURES);
        let missing = needed.difference(self.setup.device.features());
        if !missing.is_empty() {
            warn!("the graphics device lacks {missing:?}: computing on the CPU (open it with bridge::render_plugin)");
            return None;
        }
        configure(&self.adapter);
        let options = RuntimeOptions { tasks_max: TASKS_PER_SUBMISSION, memory_config: MemoryConfiguration::default() };
        Some(SharedDevice(init_device(self.setup.clone(), options)))
    }
}

/// Errors of the last minute.
#[derive(Resource, Default)]
struct RenderFaults {
    minute_began: Option<Instant>,
    count: u32,
}

/// There when the render world has run its start-up.
#[derive(Resource)]
struct StartedUp;

/// Bevy's own handler leaves the app at any error on the device, burn's included. Here a faulty frame is dropped, unless there
/// are too many: then, and when the device itself is gone, the app ends with an exit code.
fn on_render_error(error: &RenderError, main_world: &mut World, render_world: &mut World) -> RenderErrorPolicy {
    let now = Instant::now();
    let mut faults = main_world.get_resource_or_init::<RenderFaults>();
    if faults.minute_began.is_none_or(|began| now.duration_since(began).as_secs() >= 60) {
        *faults = RenderFaults { minute_began: Some(now), count: 0 };
    }
    faults.count += 1;
    if error.ty == ErrorType::Validation && faults.count <= FAULTS_PER_MINUTE {
        // Bevy 0.19 leaves the start-up out when an error comes before the first frame.
        if !render_world.contains_resource::<StartedUp>() {
            render_world.run_schedule(RenderStartup);
        }
        return RenderErrorPolicy::Ignore;
    }
    error!("the graphics device is lost or keeps failing ({:?}): leaving with exit code {DEVICE_LOST}", error.ty);
    main_world.write_message(AppExit::from_code(DEVICE_LOST));
    RenderErrorPolicy::StopRendering
}
