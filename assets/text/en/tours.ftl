# The guided tours, in English. What stands between ‹ and › points at a thing, which breathes meanwhile: which one, says assets/tour.

tour-two-minutes = Tour: 2 minutes
tour-ten-minutes = Tour: 10 minutes

## Two minutes

two-hall = A picture is being made in front of you, now. ‹Words› come in on the left, a ‹picture› leaves on the right.
two-words = It begins with a prompt: ‹the words on this desk›.
two-tokens = The model does not read letters. The prompt is cut into ‹tokens›: pieces, each with a number.
two-text-encoder = ‹Layer by layer›, every token becomes a row of numbers. The ‹sheet› at the end is what the UNet gets to know of your words.
two-noise = The picture begins as a ‹latent›: a small picture only the model can read. At first it is pure noise, and the ‹seed› decides which.
two-unet = The UNet looks at the ‹latent›, goes down to see the whole and up to see the detail. Its ‹prediction› tells noise from picture.
two-attention = Cross-attention: every place looks at the words. Bright on a ‹map› is where this word was looked at.
two-guidance = It predicts ‹without› your words and ‹with› them. Guidance follows the ‹difference› further.
two-scheduler = The scheduler takes noise away, one ‹stair› at a time. Here is the ‹picture as imagined now›.
two-decoder = After the last step the decoder opens the ‹latent›, ‹stage by stage›, into pixels.
two-picture = A ‹picture› that was not there before. Change a word or the seed, and it will be another.
two-map = Every step has moved the latent. This is its ‹path› from noise to picture.

## Ten minutes

ten-text-encoder = We go inside. This ‹sheet› is all that the UNet will know of your words: one row for every token.
ten-noise = This ‹latent› goes in. Every plane is one of its channels, and none of them is a colour.
ten-unet = The latent enters ‹here›, the prediction leaves ‹there›. In between stand the blocks, in the order of computation.
ten-unet-time = The ‹lamps› on the gates are the timestep. It tells every block how much noise to expect.
ten-unet-words = Along the ‹amber rail› the words reach every block that listens to them.
ten-down-0 = The first ‹block›. Its feature maps show where it has found something. They leave half as high and half as wide.
ten-down-1 = Half the size again, but more channels. A point of this ‹block› knows less of where, and more of what.
ten-down-2 = Deeper still: a point in the maps of this ‹block› stands for a large part of the picture.
ten-down-3 = The deepest ‹block› on the way down. It works on its maps and leaves them their size.
ten-mid = The ‹middle›, with the smallest maps. Self-attention lets every point look at every other: here the whole is seen at once.
ten-up-0 = The way up. This ‹block› takes the maps from below, and those that come over the ‹bridges›, the skip connections.
ten-up-1 = The maps of this ‹block› leave twice as high and twice as wide as they came.
ten-up-2 = Coarse came first. In this ‹block› the maps get their detail back, from the blocks on the way down.
ten-up-3 = The last ‹block›. Its maps are as high and as wide as the latent: from them the prediction is made.
ten-skip-off = Now a second run, B: in it one of the ‹bridges› to this block delivers nothing. All else is as in A.
ten-attention = A stands alone again. Every word has a ‹map›: the mean of all layers and heads, in this step.
ten-attention-off = In B one layer of cross-attention adds nothing. Compare the ‹maps›: what still finds its place?
ten-guidance = Two predictions, ‹without› the prompt and ‹with› it. What the words change is their ‹difference›.
ten-guidance-off = In B the guidance scale is 1: the ‹sum› is the prediction with the prompt, and nothing is made stronger.
ten-scheduler = One step: the ‹latent before›, the ‹latent after›. And the ‹picture› the model would make if it had to finish now.
ten-time-wall = The time wall keeps every step: the ‹latents›, and the ‹pictures imagined› there. You can go back to any of them.
ten-seed = In B the words are the same and the seed is another: another ‹noise›, and so another picture.
ten-map = Two ‹paths›: the same words, two seeds. They begin in different noise and end in different pictures.
ten-decoder = Both latents open into pixels, ‹stage by stage›, by the same decoder.
ten-picture = Same words, same model, two ‹pictures›. Only the noise at the beginning was different.
ten-end = The end of the tour. What if this ‹prediction› came about in another way? Ask “What if?” and try.
