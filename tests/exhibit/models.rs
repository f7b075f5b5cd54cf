//! The shapes of models that a hall is built for.

use bridge::{Block, BlockShape, ModelShape, SchedulerKind, SkipShape};

/// The built-in model: three levels, pictures of 64 × 64.
pub fn built_in() -> ModelShape {
    shape("built-in", 24, 2, [4, 16, 16], &[48, 96, 128], true, 2)
}

/// Stable Diffusion 1.5.
pub fn sd_1_5() -> ModelShape {
    shape("stable-diffusion-v1-5", 77, 12, [4, 64, 64], &[320, 640, 1280, 1280], true, 2)
}

/// Stable Diffusion 2.1.
pub fn sd_2_1() -> ModelShape {
    shape("stable-diffusion-2-1", 77, 23, [4, 96, 96], &[320, 640, 1280, 1280], true, 2)
}

/// BK-SDM-Tiny: three levels and no middle.
pub fn bk_tiny() -> ModelShape {
    shape("bk-sdm-tiny", 77, 12, [4, 64, 64], &[320, 640, 1280], false, 1)
}

pub fn all() -> [ModelShape; 4] {
    [built_in(), sd_1_5(), sd_2_1(), bk_tiny()]
}

fn shape(
    name: &str,
    tokens: usize,
    text_layers: usize,
    latent: [usize; 3],
    channels: &[usize],
    mid: bool,
    resnets: usize,
) -> ModelShape {
    let levels = channels.len();
    let side = |level: usize| latent[1] >> level;
    let at = |level: usize| [channels[level], side(level), side(level)];
    let mut blocks = Vec::new();
    let mut taken = vec![(None, at(0))];
    for level in 0..levels {
        let input = if level == 0 { at(0) } else { [channels[level - 1], side(level), side(level)] };
        let output = if level + 1 < levels { [channels[level], side(level + 1), side(level + 1)] } else { at(level) };
        let transformers = if level + 1 < levels || !mid { resnets } else { 0 };
        blocks.push(BlockShape { block: Block::Down(level), input, output, resnets, transformers });
        taken.extend((0..resnets).map(|_| (Some(Block::Down(level)), at(level))));
        if level + 1 < levels {
            taken.push((Some(Block::Down(level)), output));
        }
    }
    if mid {
        let inner = at(levels - 1);
        blocks.push(BlockShape { block: Block::Mid, input: inner, output: inner, resnets: 2, transformers: 1 });
    }
    let mut skips = Vec::new();
    for index in 0..levels {
        let level = levels - 1 - index;
        let output = if level > 0 { [channels[level], side(level - 1), side(level - 1)] } else { at(0) };
        let transformers = if index > 0 || !mid { resnets + 1 } else { 0 };
        blocks.push(BlockShape { block: Block::Up(index), input: at(level), output, resnets: resnets + 1, transformers });
        for resnet in 0..=resnets {
            let (from, size) = taken.pop().unwrap();
            skips.push(SkipShape { from, to: Block::Up(index), resnet, size });
        }
    }
    skips.reverse();
    ModelShape {
        name: name.into(),
        tokens,
        hidden_size: 768,
        text_layers,
        latent,
        image: [latent[1] * 8; 2],
        blocks,
        skips,
        decoder: (0..=levels).map(|stage| [512 >> stage, latent[1] << stage, latent[1] << stage]).collect(),
        parameters: 12_345_678,
        scheduler: SchedulerKind::Ddim,
        num_inference_steps: 20,
        guidance_scale: 7.5,
    }
}
