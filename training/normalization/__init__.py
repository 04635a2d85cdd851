"""Training of the half-space models: ``python -m training.normalization --data DATA``.

Belongs here: reading the training text (`corpus`), counting (`tables`), word classes and what neighbours say
(`neighbours`), the word model (`words`), the trees for words in doubt (`doubts`), the space model (`spaces`), what the
models share in learning (`averaging`), writing the seed (`__main__`). Does not belong here: what a feature is and how
text is walked over at run time (`pipeline.normalization`), which this package uses, so that training and running see
the same.
"""
