//! The text encoder: tokens become vectors that know their sentence (transformers: `CLIPTextModel`).

use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::{gelu, sigmoid};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Int, Tensor};
use serde::{Deserialize, Serialize};

use crate::attention::{attention_weights, join_heads, split_heads};
use crate::kernels;
use crate::observer::Observer;
use crate::site::Site;

/// `text_encoder/config.json`. Its token ids (pad, bos, eos) are not used: the tokenizer's files decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClipTextConfig {
    pub model_type: String,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub max_position_embeddings: usize,
    pub hidden_act: Activation,
    pub layer_norm_eps: f64,
}

/// The feed-forward layer's non-linearity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// x · σ(1.702 x), SD 1.x
    #[default]
    QuickGelu,
    /// x · Φ(x), SD 2.x
    Gelu,
}

impl Default for ClipTextConfig {
    fn default() -> Self {
        Self {
            model_type: "clip_text_model".into(),
            vocab_size: 49408,
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: Activation::QuickGelu,
            layer_norm_eps: 1e-5,
        }
    }
}

impl ClipTextConfig {
    /// The first key that cannot be, as (key, what is wrong and what is allowed).
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if !["clip_text_model", "clip"].contains(&self.model_type.as_str()) {
            let kind = &self.model_type;
            return Err(("model_type", format!("is “{kind}”: Stable Diffusion 1.x and 2.x have a clip_text_model")));
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            return Err(("layer_norm_eps", format!("is {}: it is a small number above 0, such as 1e-5", self.layer_norm_eps)));
        }
        let (width, heads) = (self.hidden_size, self.num_attention_heads);
        if heads == 0 || width == 0 || width % heads != 0 {
            return Err(("num_attention_heads", format!("is {heads}, which does not divide hidden_size {width}")));
        }
        for (key, value, least, most) in [
            ("hidden_size", self.hidden_size, 1, 65_536),
            ("intermediate_size", self.intermediate_size, 1, 262_144),
            ("num_hidden_layers", self.num_hidden_layers, 1, 128),
            // Room for a word between start and end.
            ("max_position_embeddings", self.max_position_embeddings, 3, 4096),
            ("vocab_size", self.vocab_size, 1, 1 << 20),
        ] {
            if !(least..=most).contains(&value) {
                return Err((key, format!("is {value}: it lies between {least} and {most}")));
            }
        }
        Ok(())
    }

    /// A model of this configuration with random weights.
    pub fn init<B: Backend>(&self, device: &B::Device) -> ClipTextModel<B> {
        let embeddings = ClipTextEmbeddings {
            token_embedding: EmbeddingConfig::new(self.vocab_size, self.hidden_size).init(device),
            position_embedding: EmbeddingConfig::new(self.max_position_embeddings, self.hidden_size).init(device),
        };
        let layers = (0..self.num_hidden_layers).map(|_| ClipEncoderLayer::new(self, device)).collect();
        ClipTextModel {
            embeddings,
            encoder: ClipEncoder { layers },
            final_layer_norm: LayerNormConfig::new(self.hidden_size).with_epsilon(self.layer_norm_eps).init(device),
        }
    }
}

/// The key of the largest tensor, of which a sentence needs a few rows.
pub const TOKEN_TABLE: &str = "embeddings.token_embedding.weight";

/// Field names are the checkpoint's keys (after the prefix `text_model.`, which newer files leave out).
#[derive(Module, Debug)]
pub struct ClipTextModel<B: Backend> {
    embeddings: ClipTextEmbeddings<B>,
    encoder: ClipEncoder<B>,
    final_layer_norm: LayerNorm<B>,
}

#[derive(Module, Debug)]
struct ClipTextEmbeddings<B: Backend> {
    token_embedding: Embedding<B>,
    position_embedding: Embedding<B>,
}

#[derive(Module, Debug)]
struct ClipEncoder<B: Backend> {
    layers: Vec<ClipEncoderLayer<B>>,
}

#[derive(Module, Debug)]
struct ClipEncoderLayer<B: Backend> {
    layer_norm1: LayerNorm<B>,
    self_attn: ClipAttention<B>,
    layer_norm2: LayerNorm<B>,
    mlp: ClipMlp<B>,
}

#[derive(Module, Debug)]
struct ClipAttention<B: Backend> {
    q_proj: Linear<B>,
    k_proj: Linear<B>,
    v_proj: Linear<B>,
    out_proj: Linear<B>,
    heads: usize,
}

#[derive(Module, Debug)]
struct ClipMlp<B: Backend> {
    fc1: Linear<B>,
    fc2: Linear<B>,
    quick: bool,
}

impl<B: Backend> ClipTextModel<B> {
    /// ids: [batch, tokens] → the last hidden state after the final LayerNorm, [batch, tokens, hidden_size]
    pub fn encode(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 3> {
        self.forward(ids, &mut ())
    }

    /// [`ClipTextModel::encode`] with each layer's attention and output shown to the observer.
    pub fn forward(&self, ids: Tensor<B, 2, Int>, observer: &mut impl Observer<B>) -> Tensor<B, 3> {
        self.forward_rows(self.embeddings.token_embedding.forward(ids), observer)
    }

    /// [`ClipTextModel::forward`] from the tokens' rows of [`TOKEN_TABLE`], [batch, tokens, hidden_size].
    pub fn forward_rows(&self, rows: Tensor<B, 3>, observer: &mut impl Observer<B>) -> Tensor<B, 3> {
        let [_, tokens, _] = rows.dims();
        let device = rows.device();
        let positions = Tensor::arange(0..tokens as i64, &device).unsqueeze_dim::<2>(0);
        let mut x = rows + self.embeddings.position_embedding.forward(positions);
        // A token sees itself and what stands before it; padding is not masked.
        let future = Tensor::<B, 2, Bool>::tril_mask([tokens, tokens], 0, &device).reshape([1, 1, tokens, tokens]);
        for (index, layer) in self.encoder.layers.iter().enumerate() {
            x = layer.forward(x, future.clone(), &mut |weights| {
                let site = Site::TextAttention(index);
                if observer.wants(site) {
                    observer.observe(site, weights.clone());
                }
            });
            let site = Site::TextLayer(index);
            if observer.wants(site) {
                observer.observe(site, x.clone().unsqueeze_dim(1));
            }
        }
        self.final_layer_norm.forward(x)
    }
}

impl<B: Backend> ClipEncoderLayer<B> {
    fn new(config: &ClipTextConfig, device: &B::Device) -> Self {
        let width = config.hidden_size;
        let norm = || LayerNormConfig::new(width).with_epsilon(config.layer_norm_eps).init(device);
        let linear = |input, output| LinearConfig::new(input, output).init(device);
        Self {
            layer_norm1: norm(),
            self_attn: ClipAttention {
                q_proj: linear(width, width),
                k_proj: linear(width, width),
                v_proj: linear(width, width),
                out_proj: linear(width, width),
                heads: config.num_attention_heads,
            },
            layer_norm2: norm(),
            mlp: ClipMlp {
                fc1: linear(width, config.intermediate_size),
                fc2: linear(config.intermediate_size, width),
                quick: config.hidden_act == Activation::QuickGelu,
            },
        }
    }

    /// `show` sees the attention weights, [batch, heads, tokens, tokens].
    fn forward(&self, x: Tensor<B, 3>, future: Tensor<B, 4, Bool>, show: &mut impl FnMut(&Tensor<B, 4>)) -> Tensor<B, 3> {
        let x = x.clone() + self.self_attn.forward(self.layer_norm1.forward(x), future, show);
        x.clone() + self.mlp.forward(self.layer_norm2.forward(x))
    }
}

impl<B: Backend> ClipAttention<B> {
    fn forward(&self, x: Tensor<B, 3>, future: Tensor<B, 4, Bool>, show: &mut impl FnMut(&Tensor<B, 4>)) -> Tensor<B, 3> {
        let kernels = kernels::of::<B>();
        let q = split_heads(kernels.linear(&self.q_proj, x.clone()), self.heads);
        let k = split_heads(kernels.linear(&self.k_proj, x.clone()), self.heads);
        let v = split_heads(kernels.linear(&self.v_proj, x), self.heads);
        let weights = attention_weights(q, k, Some(future));
        show(&weights);
        kernels.linear(&self.out_proj, join_heads(weights.matmul(v)))
    }
}

impl<B: Backend> ClipMlp<B> {
    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let kernels = kernels::of::<B>();
        let x = kernels.linear(&self.fc1, x);
        let x = if self.quick { x.clone() * sigmoid(x * 1.702) } else { gelu(x) };
        kernels.linear(&self.fc2, x)
    }
}
