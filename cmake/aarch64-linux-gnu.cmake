# Cross compiling for 64-bit ARM Linux with GCC, and running the C tests under QEMU.
#   cmake -B build-arm -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake \
#         -DFASTNN_PYTHON=OFF -DFASTNN_BUILD_TESTS=ON
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

find_program(FASTNN_QEMU NAMES qemu-aarch64 qemu-aarch64-static)
if(FASTNN_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${FASTNN_QEMU};-L;/usr/aarch64-linux-gnu")
endif()
