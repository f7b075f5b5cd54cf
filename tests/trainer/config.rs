//! A configuration is refused with the name of the key that is wrong.

use trainer::config::Config;

use crate::TINY;

fn check(from: &str, to: &str, named: &str) {
    assert!(TINY.contains(from), "{from} is not in the tiny configuration");
    let error = Config::parse(&TINY.replace(from, to)).unwrap_err();
    let message = format!("{error:#}");
    assert!(message.contains(named), "“{named}” is missing in: {message}");
}

#[test]
fn an_unknown_key_is_named() {
    check("latent_noise", "latent_nose", "latent_nose");
}

#[test]
fn a_missing_key_is_named() {
    check("average_decay = 0.9\n", "", "average_decay");
}

#[test]
fn sizes_that_do_not_fit_are_named() {
    check("cross_attention = [true, true]", "cross_attention = [true]", "unet.cross_attention");
    check("norm_num_groups = 4", "norm_num_groups = 3", "norm_num_groups");
    check("attention_head_dim = [1, 2]", "attention_head_dim = [1, 3]", "attention_head_dim");
    check("size = 32", "size = 36", "picture.size");
    check("size = 32", "size = 16", "picture.size");
    check("num_attention_heads = 2", "num_attention_heads = 3", "num_attention_heads");
    check("entries = 600", "entries = 100", "tokenizer.entries");
}

#[test]
fn the_built_in_models_configuration_is_read() {
    let text = include_str!("../../src/trainer/configs/builtin.toml");
    let config = Config::parse(text).unwrap();
    assert_eq!(config.latent(), [4, 16, 16]);
    let again = Config::parse(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
}
