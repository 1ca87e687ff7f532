"""Discrete diffusion, one code path for graph, image and text tokens. Importing its modules loads torch.

Four words, one file each: *schedule* (how much is kept at time t), *transition* (where the rest goes), *objective*
(what a net learns), *sampler* (the way back). A net sees ``(x_t, t, condition)`` and returns logits of x_0.

The letters used throughout, beside the shapes of `sd3studio.ml`:

=============  =====================================================================================================
``x_0, x_t``   clean and noised tokens, int64, any shape ``(B, ...)``
``t, s``       times in [0, 1], one a sample: 0 is clean, 1 is all noise; s < t
``index``      step of the discrete process, 1 to T; t = index / T
``K``, ``S``   classes of a clean token; states of a noised one: the classes and, for some transitions, a mask
``a, b, c``    amounts: kept, replaced by a draw of the noise ``pi``, masked; a + b + c = 1
``fixed``      bool, the shape of x: positions that are never noised, learnt or sampled (clamped or padding)
=============  =====================================================================================================
"""
