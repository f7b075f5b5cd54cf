# Cross-attention: which words count where.

attention-imagined = the picture as imagined now
attention-imagined-framed = as imagined now, framed where “{ $word }” counts most
attention-word = where “{ $word }” counts
attention-averaged = averaged over all layers and heads
attention-head = { $layer }, head { $head } of { $heads }
attention-heads = { $layer }, averaged over its heads
attention-shown = { $maps } · { $step }
attention-aim = Aim at a place: which words count there?
attention-shares = At the cross: each word's share, averaged
attention-shares-both = At the cross, averaged: “{ $word }” has ● { $a } %, ■ { $b } %, difference { $difference } %
attention-more = More pieces without a place here: { $count }
