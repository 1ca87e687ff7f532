"""What a run can train, one goal a module: ``run(request, folder)`` yields messages and takes orders.

Everything that a run keeps lies below its folder: what training goes on from in ``work``, the weights in ``result``.
"""
