# The panel “What if?”: a second run, B, with one thing different.

what-if-title = What if?
what-if-close = Close
what-if-alone-now = Only A is on show. Choose what is to be different in B.
what-if-same = B is the same as A.
what-if-differs = In B: { $what }.

what-if-row-from-here = From when
what-if-row-guidance = Guidance scale
what-if-row-seed = Seed
what-if-row-scheduler = Scheduler
what-if-row-steps = Steps
what-if-row-word = A word
what-if-row-weight = Its weight
what-if-row-skip = Skip connection
what-if-row-block = Block
what-if-row-attention = Cross-attention
what-if-row-prompt = Another prompt
what-if-row-negative-prompt = Negative prompt
what-if-row-alone = Back to one run

what-if-from-here = from step { $step } on, the one on show
what-if-from-here-about = Seed, scheduler, steps and negative prompt change a run from its beginning.
what-if-weight = “{ $word }” counts so many times in cross-attention

what-if-word = “{ $word }”
what-if-skip = to { $block }, number { $place }
what-if-attention = { $block }, layer { $place }

what-if-show = Show as B
what-if-without = Without it
what-if-switch-off = Switch off
what-if-alone = A alone

choices-what-if = What if?
