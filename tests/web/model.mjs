// A model with Stable Diffusion 1.5's widths and less depth, its weights drawn at random: what is large there is as large here.
// By hand: node model.mjs FOLDER

import { cp, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const TINY = fileURLToPath(new URL("../diffusion/golden/tiny-sd1", import.meta.url));

const SEED = 7;
const CHUNK_BYTES = 16 << 20;
const F16_ONE = 0x3c00;

const UNET = {
  _class_name: "UNet2DConditionModel",
  act_fn: "silu",
  attention_head_dim: 8,
  block_out_channels: [320, 640, 1280, 1280],
  cross_attention_dim: 768,
  down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
  in_channels: 4,
  layers_per_block: 1,
  norm_num_groups: 32,
  out_channels: 4,
  sample_size: 8,
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
};
const VAE = {
  _class_name: "AutoencoderKL",
  act_fn: "silu",
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array(4).fill("DownEncoderBlock2D"),
  in_channels: 3,
  latent_channels: 4,
  layers_per_block: 1,
  norm_num_groups: 32,
  out_channels: 3,
  sample_size: 64,
  up_block_types: Array(4).fill("UpDecoderBlock2D"),
};
const TEXT_ENCODER = {
  architectures: ["CLIPTextModel"],
  model_type: "clip_text_model",
  hidden_act: "quick_gelu",
  hidden_size: 768,
  intermediate_size: 3072,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  num_attention_heads: 12,
  num_hidden_layers: 1,
  vocab_size: 49408,
};
const SCHEDULER = {
  _class_name: "DDIMScheduler",
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  steps_offset: 1,
};
const INDEX = {
  _class_name: "StableDiffusionPipeline",
  feature_extractor: [null, null],
  safety_checker: [null, null],
  scheduler: ["diffusers", "DDIMScheduler"],
  text_encoder: ["transformers", "CLIPTextModel"],
  tokenizer: ["transformers", "CLIPTokenizer"],
  unet: ["diffusers", "UNet2DConditionModel"],
  vae: ["diffusers", "AutoencoderKL"],
};

/** Writes the model, 1.2 GB, in diffusers' layout. */
export async function writeWideModel(folder) {
  await cp(join(TINY, "tokenizer"), join(folder, "tokenizer"), { recursive: true });
  await writeJson(join(folder, "model_index.json"), INDEX);
  await writeJson(join(folder, "scheduler", "scheduler_config.json"), SCHEDULER);
  const random = xorshift(SEED);
  for (const [part, stem, config, tensors] of [
    ["text_encoder", "model", TEXT_ENCODER, textEncoder(TEXT_ENCODER)],
    ["unet", "diffusion_pytorch_model", UNET, unet(UNET)],
    ["vae", "diffusion_pytorch_model", VAE, vae(VAE)],
  ]) {
    await writeJson(join(folder, part, "config.json"), config);
    await writeSafetensors(join(folder, part, `${stem}.safetensors`), [...tensors], random);
  }
}

async function writeJson(file, content) {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, JSON.stringify(content, null, 2));
}

/** `tensors`: `{ name, shape, kind }` in the order of the file. */
async function writeSafetensors(path, tensors, random) {
  const header = {};
  let end = 0;
  for (const { name, shape } of tensors) {
    header[name] = { dtype: "F16", shape, data_offsets: [end, (end += 2 * count(shape))] };
  }
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([length, head]));
    for (const { shape, kind } of tensors) {
      for (let left = count(shape); left > 0; left -= CHUNK_BYTES / 2) {
        const numbers = new Uint16Array(Math.min(left, CHUNK_BYTES / 2));
        if (kind === "one") numbers.fill(F16_ONE);
        if (kind === "random") fill(numbers, shape, random);
        await file.writeFile(numbers);
      }
    }
  } finally {
    await file.close();
  }
}

/** Numbers of both signs with about the deviation 1/√(inputs of a row), with which nothing grows from layer to layer. */
function fill(numbers, shape, random) {
  const inputs = count(shape.slice(1));
  // An f16 is a sign, five bits of exponent with the bias 15, ten of mantissa. Sign and mantissa are drawn, ±1 to ±2, whose root
  // mean square is about 1.5.
  const exponent = Math.round(Math.log2(1 / (1.5 * Math.sqrt(inputs)))) + 15;
  for (let index = 0; index < numbers.length; index++) numbers[index] = (random() & 0x83ff) | (exponent << 10);
}

/** Marsaglia 2003, 32 bits. */
function xorshift(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

const count = (shape) => shape.reduce((product, size) => product * size, 1);

function* weightAndBias(name, shape) {
  yield { name: `${name}.weight`, shape, kind: "random" };
  yield { name: `${name}.bias`, shape: [shape[0]], kind: "zero" };
}
const linear = (name, inputs, outputs) => weightAndBias(name, [outputs, inputs]);
const conv = (name, inputs, outputs, kernel = 3) => weightAndBias(name, [outputs, inputs, kernel, kernel]);
function* norm(name, channels) {
  yield { name: `${name}.weight`, shape: [channels], kind: "one" };
  yield { name: `${name}.bias`, shape: [channels], kind: "zero" };
}

function* textEncoder(config) {
  const { hidden_size: width, intermediate_size: inner } = config;
  const embedding = (name, rows) => ({ name: `text_model.embeddings.${name}.weight`, shape: [rows, width], kind: "random" });
  yield embedding("token_embedding", config.vocab_size);
  yield embedding("position_embedding", config.max_position_embeddings);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const name = `text_model.encoder.layers.${layer}`;
    yield* norm(`${name}.layer_norm1`, width);
    for (const part of ["q_proj", "k_proj", "v_proj", "out_proj"]) yield* linear(`${name}.self_attn.${part}`, width, width);
    yield* norm(`${name}.layer_norm2`, width);
    yield* linear(`${name}.mlp.fc1`, width, inner);
    yield* linear(`${name}.mlp.fc2`, inner, width);
  }
  yield* norm("text_model.final_layer_norm", width);
}

function* unet(config) {
  const { block_out_channels: widths, layers_per_block: layers, cross_attention_dim: context } = config;
  const [first, last, time] = [widths[0], widths.at(-1), 4 * widths[0]];
  yield* linear("time_embedding.linear_1", first, time);
  yield* linear("time_embedding.linear_2", time, time);
  yield* conv("conv_in", config.in_channels, first);
  const skips = [first];
  let channels = first;
  for (const [block, width] of widths.entries()) {
    const name = `down_blocks.${block}`;
    for (let layer = 0; layer < layers; layer++) {
      yield* resnet(`${name}.resnets.${layer}`, channels, width, time);
      if (hasAttention(config.down_block_types[block])) yield* transformer(`${name}.attentions.${layer}`, width, context);
      channels = width;
      skips.push(width);
    }
    if (block < widths.length - 1) {
      yield* conv(`${name}.downsamplers.0.conv`, width, width);
      skips.push(width);
    }
  }
  yield* resnet("mid_block.resnets.0", last, last, time);
  yield* transformer("mid_block.attentions.0", last, context);
  yield* resnet("mid_block.resnets.1", last, last, time);
  for (const [block, width] of widths.toReversed().entries()) {
    const name = `up_blocks.${block}`;
    for (let layer = 0; layer < layers + 1; layer++) {
      yield* resnet(`${name}.resnets.${layer}`, channels + skips.pop(), width, time);
      if (hasAttention(config.up_block_types[block])) yield* transformer(`${name}.attentions.${layer}`, width, context);
      channels = width;
    }
    if (block < widths.length - 1) yield* conv(`${name}.upsamplers.0.conv`, width, width);
  }
  yield* norm("conv_norm_out", first);
  yield* conv("conv_out", first, config.out_channels);
}

const hasAttention = (block) => block.startsWith("CrossAttn");

function* resnet(name, inputs, outputs, time) {
  yield* norm(`${name}.norm1`, inputs);
  yield* conv(`${name}.conv1`, inputs, outputs);
  if (time) yield* linear(`${name}.time_emb_proj`, time, outputs);
  yield* norm(`${name}.norm2`, outputs);
  yield* conv(`${name}.conv2`, outputs, outputs);
  if (inputs !== outputs) yield* conv(`${name}.conv_shortcut`, inputs, outputs, 1);
}

function* transformer(name, width, context) {
  const block = `${name}.transformer_blocks.0`;
  yield* norm(`${name}.norm`, width);
  yield* conv(`${name}.proj_in`, width, width, 1);
  for (const [attention, source] of [["attn1", width], ["attn2", context]]) {
    yield { name: `${block}.${attention}.to_q.weight`, shape: [width, width], kind: "random" };
    yield { name: `${block}.${attention}.to_k.weight`, shape: [width, source], kind: "random" };
    yield { name: `${block}.${attention}.to_v.weight`, shape: [width, source], kind: "random" };
    yield* linear(`${block}.${attention}.to_out.0`, width, width);
  }
  for (const one of ["norm1", "norm2", "norm3"]) yield* norm(`${block}.${one}`, width);
  // GEGLU: twice, for values and gates.
  yield* linear(`${block}.ff.net.0.proj`, width, 8 * width);
  yield* linear(`${block}.ff.net.2`, 4 * width, width);
  yield* conv(`${name}.proj_out`, width, width, 1);
}

function* vae(config) {
  const { block_out_channels: widths, layers_per_block: layers, latent_channels: latent } = config;
  const last = widths.at(-1);
  for (const [half, from, to, order, depth, change] of [
    ["encoder", config.in_channels, 2 * latent, widths, layers, "downsamplers"],
    ["decoder", latent, config.out_channels, widths.toReversed(), layers + 1, "upsamplers"],
  ]) {
    let channels = order[0];
    yield* conv(`${half}.conv_in`, from, channels);
    if (half === "decoder") yield* vaeMiddle(half, last);
    for (const [block, width] of order.entries()) {
      const name = `${half}.${half === "encoder" ? "down" : "up"}_blocks.${block}`;
      for (let layer = 0; layer < depth; layer++) {
        yield* resnet(`${name}.resnets.${layer}`, channels, width);
        channels = width;
      }
      if (block < order.length - 1) yield* conv(`${name}.${change}.0.conv`, width, width);
    }
    if (half === "encoder") yield* vaeMiddle(half, last);
    yield* norm(`${half}.conv_norm_out`, channels);
    yield* conv(`${half}.conv_out`, channels, to);
  }
  yield* conv("quant_conv", 2 * latent, 2 * latent, 1);
  yield* conv("post_quant_conv", latent, latent, 1);
}

function* vaeMiddle(half, width) {
  const name = `${half}.mid_block`;
  yield* resnet(`${name}.resnets.0`, width, width);
  yield* norm(`${name}.attentions.0.group_norm`, width);
  for (const part of ["to_q", "to_k", "to_v", "to_out.0"]) yield* linear(`${name}.attentions.0.${part}`, width, width);
  yield* resnet(`${name}.resnets.1`, width, width);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeWideModel(process.argv[2]);
