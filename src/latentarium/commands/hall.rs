//! The hall itself, or, without a display, its stops as pictures.

use std::process::ExitCode;

use crate::cli::HallArgs;

#[cfg(not(feature = "hall"))]
pub fn run(_args: &HallArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!(
        "this build has no hall: build with the feature `hall`, or see `latentarium --help` for the commands without a window"
    )
}

#[cfg(feature = "hall")]
pub fn run(args: &HallArgs) -> anyhow::Result<ExitCode> {
    use exhibit::HallSettings;

    let settings = HallSettings { fullscreen: args.fullscreen, ..args.visit.settings(&args.model)? };
    if has_display() {
        reach_display()?;
    }
    pollster::block_on(bridge::check_adapter())?;
    if has_display() {
        return Ok(match exhibit::open(settings) {
            bevy::app::AppExit::Success => ExitCode::SUCCESS,
            bevy::app::AppExit::Error(code) => ExitCode::from(code.get()),
        });
    }
    render_tour(&settings)
}

/// Windows and macOS always have one. On Linux the window is X11's, under Wayland by way of XWayland.
#[cfg(feature = "hall")]
fn has_display() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("DISPLAY").is_some_and(|value| !value.is_empty())
}

/// winit panics where it cannot connect.
///
/// # Errors
/// If the display is not there or lets nobody in.
#[cfg(all(feature = "hall", target_os = "linux"))]
fn reach_display() -> anyhow::Result<()> {
    use anyhow::Context;

    x11rb::connect(None).map(drop).with_context(|| {
        format!(
            "no window can be opened on the display {} that DISPLAY names: start latentarium in a desktop session (under Wayland with \
             XWayland), picture a stop with `latentarium snapshot`, or unset DISPLAY to get the tour's stops as pictures in {OUT}/",
            std::env::var("DISPLAY").unwrap_or_default()
        )
    })
}

#[cfg(all(feature = "hall", not(target_os = "linux")))]
fn reach_display() -> anyhow::Result<()> {
    Ok(())
}

/// The folder of the tour's pictures.
#[cfg(feature = "hall")]
const OUT: &str = "out";

#[cfg(feature = "hall")]
fn render_tour(settings: &exhibit::HallSettings) -> anyhow::Result<ExitCode> {
    use anyhow::Context;

    let folder = std::path::Path::new(OUT);
    println!(
        "There is no display (DISPLAY is not set; under Wayland start XWayland): the tour's stops are rendered to {}/ instead.",
        folder.display()
    );
    std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let shots = exhibit::tour_shots(folder, [1280, 720])?;
    exhibit::snapshot(settings, &shots, &mut |what| println!("{what}"))?;
    Ok(ExitCode::SUCCESS)
}
