//! The engine's thread, and what else differs from a browser. `worker_web.rs` has the same functions.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use async_channel::Receiver;
use cubecl::config::CubeClRuntimeConfig;
use cubecl::config::cache::CacheConfig;
use cubecl::config::profiling::ProfilingLogLevel;
use diffusion::{Folder, LoadError};

use crate::backend::Shown;
use crate::engine::Server;

/// What burn needs of the adapter here.
#[cfg(feature = "bevy")]
pub const REQUIRED_FEATURES: wgpu::Features = wgpu::Features::empty();

/// Lets the server work on a thread of its own. A panic there becomes a report, and the server goes on with the next request.
pub fn start<B: Shown>(mut server: Server<B>) {
    let work = move || {
        while let Err(panic) = catch_unwind(AssertUnwindSafe(|| pollster::block_on(server.serve()))) {
            server.fail(format!("the engine broke down ({}): try again, or restart the hall", message_of(&*panic)));
        }
    };
    thread::Builder::new()
        .name("latentarium-engine".into())
        .spawn(work)
        .expect("the operating system has room for one more thread");
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// Leaves one core to the hall while the model computes on the others.
pub fn leave_a_core() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // It fails only if the pool is already there, and then it stays as it is.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build_global();
}

/// Seconds since some moment.
pub fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64()
}

/// Waits for a message that comes when the GPU is done. A device tells only whoever asks, and wgpu 29 holds back everybody's
/// work while one waits inside `poll`: so this asks again and again instead.
pub async fn wait_for(is_done: Receiver<()>, device: &wgpu::Device) {
    while is_done.try_recv().is_err() {
        if device.poll(wgpu::PollType::Poll).is_err() {
            return;
        }
        if is_done.is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Lets other threads go first.
pub async fn give_way() {
    thread::yield_now();
}

/// Opens a model's folder.
///
/// # Errors
/// If there is no such folder.
pub async fn open(path: &Path) -> Result<Folder, LoadError> {
    Folder::open(path)
}

static KERNEL_LOG: OnceLock<PathBuf> = OnceLock::new();

/// Has each kernel that a GPU is asked to start written down in a file, a line each. To be called before any device is opened.
pub fn log_kernels(file: PathBuf) {
    KERNEL_LOG.get_or_init(|| file);
}

/// What is written to files: the log of kernels, if there is one, and tuning, apart for each adapter.
pub fn configure_files(adapter: &wgpu::AdapterInfo, config: &mut CubeClRuntimeConfig) {
    let name = format!("{} {} {}", adapter.name, adapter.driver, adapter.driver_info);
    let folder: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    config.autotune.cache = CacheConfig::File(CacheConfig::default().root().join(folder));
    if let Some(file) = KERNEL_LOG.get() {
        config.profiling.logger.level = ProfilingLogLevel::Minimal;
        config.profiling.logger.file = Some(file.clone());
    }
}
