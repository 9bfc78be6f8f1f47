"""The reader of SAM and CloudFormation templates: positions, expressions, rules, rights."""
