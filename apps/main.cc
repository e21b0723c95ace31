#include "mpcstats/cli/command.h"

int main(int argc, char** argv) { return mpcstats::RunCommandLine(argc, argv); }
