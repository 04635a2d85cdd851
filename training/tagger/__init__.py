"""Training of the statistical tagger: ``python -m training.tagger``.

Belongs here: reading the training sets and raw news (`corpora`), what is learned about words (`words`), the
linear model (`linear`), the recurrent network (`recurrent`), the steps in order (`__main__`).
Does not belong here: what runs in the pipeline (`pipeline.entities.tagger`), whose tokens and features
this package uses, so that training and running see the same.
"""
