"""What is to be said of what was reached? One file a question: is it an access, is it guarded, is it verified?"""
