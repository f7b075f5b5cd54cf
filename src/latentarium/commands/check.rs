//! `check`: is this GPU's arithmetic right?

use std::process::ExitCode;

use bridge::{Comparison, compare_with_cpu};
use diffusion::Folder;
use serde_json::json;

use super::progress_bar;
use crate::cli::{CheckArgs, model_folder};

pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let folder = Folder::open(model_folder(args.model.as_ref())?)?;
    let bar = progress_bar(0, "checking");
    let report = pollster::block_on(compare_with_cpu(&folder, &mut |what, done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(what.to_string());
    }))??;
    bar.finish_and_clear();
    let wrong: Vec<&Comparison> = report.comparisons.iter().filter(|comparison| !comparison.is_right()).collect();
    if args.json {
        println!("{}", json!({ "adapter": report.adapter, "right": wrong.is_empty(), "comparisons": report.comparisons }));
    } else {
        println!("{}", report.adapter);
        for comparison in &report.comparisons {
            let verdict = if comparison.is_right() { "right" } else { "WRONG" };
            println!("  {verdict}  {:<44} relative error {:.1e}", comparison.what, comparison.relative_error);
        }
    }
    if wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "latentarium: this adapter computes {} of {} wrongly: update its driver, or run with --device cpu",
        wrong.len(),
        report.comparisons.len()
    );
    Ok(ExitCode::FAILURE)
}
