# What stands on the time wall and on the map.

wall-legend = Above, x̂₀: the picture as imagined then; below, the latent. Choose one to go back.
wall-timestep = t { $timestep }

## The map: { $tensor } is what it compares, which is “latent”, “pred_original_sample” or “noise_pred”.

map-tensors =
    { $tensor ->
        [pred_original_sample] x̂₀
        [noise_pred] predictions
       *[latent] latents
    }
map-tensor =
    { $tensor ->
        [pred_original_sample] x̂₀ (pred_original_sample)
        [noise_pred] predictions (noise_pred)
       *[latent] latents
    }
map-note =
    { $tensor ->
        [pred_original_sample] A dot is x̂₀ of a step: the picture as imagined then.
        [noise_pred] A dot is a step's prediction, as the scheduler gets it.
       *[latent] A dot is a latent: the noise, then one for each step.
    }
map-axis = PC { $axis }, { $percent } % of the variance
map-key-a = A
map-key-b = B
map-steps = step
map-distance = { map-tensors }: relative distance, ‖A − B‖ / ‖A‖
map-cosine = { map-tensors }: cosine similarity of A and B
map-away =
    { $tensor ->
        [latent] latents: distance to x̂₀, in lengths of x̂₀
       *[other] { map-tensors }: change, ‖new − old‖ / ‖old‖
    }
map-parted = They part at step { $step }: from here on their { map-tensors } differ by more than { $percent } %.
map-never-together =
    They were never together: from { $tensor ->
        [latent] the noise
       *[other] the first step
    } on their { map-tensors } differ by more than { $percent } %.
map-together = They have not parted: here their { map-tensors } differ by { $percent } %.
map-away-now =
    { $tensor ->
        [pred_original_sample] From step { $before } to step { $step } x̂₀ changed by { $value } of the length that it had.
        [noise_pred] From step { $before } to step { $step } the prediction changed by { $value } of the length that it had.
       *[latent] After step { $step } the latent is still { $value } lengths of x̂₀ away from x̂₀, the picture as imagined then.
    }
map-away-to-come =
    { $tensor ->
        [latent] The curve begins with the first step.
       *[other] The curve begins with the second step.
    }
