//! `bench-hall`: does the hall stutter while a run computes, and does memory grow?

use std::process::ExitCode;

use bridge::Generation;
use exhibit::{Bench, Contention, FrameTimes, Growth, HallSettings, Measured, bench_hall};
use serde_json::json;

use crate::cli::{BenchHallArgs, model_folder};

pub fn run(args: &BenchHallArgs) -> anyhow::Result<ExitCode> {
    let settings = HallSettings {
        model: model_folder(args.model.model.as_ref())?,
        device: args.model.device,
        generation: Generation::of(HallSettings::PROMPT),
        ..HallSettings::default()
    };
    pollster::block_on(bridge::check_adapter())?;
    let bench = Bench { size: args.size, frames: args.frames, runs: args.runs };
    let measured = bench_hall(&settings, bench, &mut |what| eprintln!("{what}"))?;
    if args.json {
        println!("{}", json!(measured));
    } else {
        print_table(&measured);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_table(measured: &Measured) {
    let [width, height] = measured.size;
    let on_or_off = |on: bool| if on { "on" } else { "off" };
    println!("adapter  {} ({})", measured.adapter, measured.adapter_type);
    println!("engine   {}", measured.engine);
    println!("shared   {}", in_words(measured.contention));
    println!(
        "frame    {width}×{height}, smooth edges {}, mirrors {}",
        on_or_off(measured.smooth_edges),
        on_or_off(measured.mirrors)
    );

    println!();
    println!("{:<22} {:>9} {:>9} {:>9} {:>7}", "frame times, ms", "median", "p95", "max", "frames");
    let row = |what: &str, times: &FrameTimes| {
        println!("{what:<22} {:>9.2} {:>9.2} {:>9.2} {:>7}", times.median_ms, times.p95_ms, times.max_ms, times.frames);
    };
    row("no run computes", &measured.idle);
    row("runs compute", &measured.running);
    println!(
        "ratio of the p95s {:.2}, target at most {}: reached: {} ({} whole runs timed)",
        measured.p95_ratio,
        measured.most_p95_ratio,
        yes_or_no(measured.is_smooth),
        measured.whole_runs
    );

    println!();
    println!("{:<22} {:>14} {:>14} {:>9} {:>7}", "memory, MiB", "after run", "after run", "per run", "flat");
    print_growth("resident", measured.resident.as_ref());
    print_growth("graphics device", measured.graphics.as_ref());
}

fn print_growth(what: &str, growth: Option<&Growth>) {
    let Some(growth) = growth else {
        println!("{what:<22} not measured");
        return;
    };
    let after = |run: usize| match growth.after_each_mib.get(run - 1) {
        Some(mib) => format!("{run}: {mib:.1}"),
        None => String::new(),
    };
    let per_run = growth.mib_per_run.map(|mib| format!("{mib:+.3}")).unwrap_or_default();
    let flat = growth.is_flat.map(yes_or_no).unwrap_or_default();
    println!("{what:<22} {:>14} {:>14} {per_run:>9} {flat:>7}", after(growth.from_run), after(growth.after_each_mib.len()));
}

fn in_words(contention: Contention) -> &'static str {
    match contention {
        Contention::Processor => {
            "the processor: the adapter is a program, so that the engine takes from the renderer what it computes with"
        }
        Contention::Gpu => "the GPU: engine and renderer take turns on it",
        Contention::Little => "little: the engine computes on the processor, the GPU draws",
    }
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
