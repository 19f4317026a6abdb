"""Two nouns that take access lists, one governed by the other as deployments are by their work pools."""
